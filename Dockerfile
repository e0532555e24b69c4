# The server with the built app. Two stages: what builds stays behind.
#   docker build -t grid .
#   docker run -p 127.0.0.1:8000:8000 -v grid-data:/data grid
# Not run where it was written (no container engine there); linted by hadolint.
ARG BASE=debian:12-slim

# hadolint ignore=DL3006
FROM ${BASE} AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.lock requirements-node.lock ./
RUN python3 -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY scripts scripts
COPY pwa pwa
# Node comes as a wheel into an environment of its own, which is not copied on.
RUN bash -c 'cp -r .venv /tmp/server-venv && source scripts/setup.sh && setup_pwa' \
    && rm -rf .venv && mv /tmp/server-venv .venv

# hadolint ignore=DL3006
FROM ${BASE}
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --create-home grid
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY --from=build /app/pwa/dist pwa/dist
COPY server server
COPY migrations migrations
COPY pyproject.toml .flaskenv LICENSE ./
ENV PATH=/app/.venv/bin:$PATH DATA_DIR=/data PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
# Migrates, looks whether this is the database that ran here last, then serves.
CMD ["/bin/sh", "-c", "flask prepare && exec gunicorn --config server/gunicorn_conf.py --bind 0.0.0.0:8000 'server.app:create_app()'"]
