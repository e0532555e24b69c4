"""The wire between phone and server, with the faults that wires have: gone, a portal's page, cut in the middle."""

import contextlib
import socket
import socketserver
import threading

PORTAL = b"<!doctype html><title>Free Wi-Fi</title><h1>Welcome. Please accept the terms.</h1>"
CHUNK = 4_096


class Link:
    """A TCP proxy with an address of its own. `url` is where the phone looks for the server.

    `asked` holds the first line of each request that went through, `heard` every byte that the phone sent.
    mode: "through" hands bytes on; "gone" ends every connection; "portal" answers everything with a page and 200.
    """

    def __init__(self, port: int) -> None:
        """`port`: the server's on 127.0.0.1."""
        self.port = port
        self.mode = "through"
        self.answered_by_portal = 0
        self.cut: tuple[bytes, int] | None = None
        self.cuts = 0
        self.moving: threading.Event | None = None
        self.asked: list[str] = []
        self.heard = bytearray()
        self._open: set[socket.socket] = set()
        link = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                link._serve(self.request)

        self._listening = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._listening.daemon_threads = True
        self._listening.block_on_close = False
        self.url = f"http://127.0.0.1:{self._listening.server_address[1]}"
        threading.Thread(target=self._listening.serve_forever, args=(0.05,), daemon=True).start()

    def become(self, mode: str) -> None:
        """Change the mode; connections that are open end."""
        self.mode = mode
        self._end_all()
        if self.moving:
            self.moving.set()

    def cut_answers(self, to: str, after: int) -> None:
        """From now on an answer to a request with `to` in its first line ends after `after` bytes."""
        self.cut = (to.encode(), after)
        self._end_all()

    def hold_answers(self, to: str, after: int) -> None:
        """Such an answer stands still after `after` bytes, until the mode changes."""
        self.cut, self.moving = (to.encode(), after), threading.Event()

    def heal(self) -> None:
        self.become("through")
        self.cut = self.moving = None

    def close(self) -> None:
        self._end_all()
        self._listening.shutdown()
        self._listening.server_close()

    def _end_all(self) -> None:
        for one in list(self._open):
            self._end(one)

    def _end(self, one: socket.socket) -> None:
        self._open.discard(one)
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()

    def _serve(self, phone: socket.socket) -> None:
        self._open.add(phone)
        try:
            if self.mode == "portal":
                self._answer_as_portal(phone)
            elif self.mode == "through":
                self._hand_on(phone)
        except OSError:
            pass
        finally:
            self._end(phone)

    def _answer_as_portal(self, phone: socket.socket) -> None:
        head, _, body = read_until(phone, b"\r\n\r\n").partition(b"\r\n\r\n")
        if not head:
            return
        left = length_of(head) - len(body)
        while left > 0 and (more := phone.recv(CHUNK)):
            left -= len(more)
        self.answered_by_portal += 1
        phone.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(PORTAL), PORTAL)
        )

    def _hand_on(self, phone: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self.port))
        self._open.add(server)
        marked = threading.Event()
        back = threading.Thread(target=self._answers, args=(server, phone, marked), daemon=True)
        back.start()
        try:
            while data := phone.recv(CHUNK):
                self.heard += data
                head = data.partition(b"\r\n")[0]
                if head.endswith(b" HTTP/1.1"):
                    self.asked.append(head.decode())
                if self.cut and self.cut[0] in head:
                    marked.set()
                server.sendall(data)
        finally:
            self._end(server)
            back.join(timeout=5)

    def _answers(self, server: socket.socket, phone: socket.socket, marked: threading.Event) -> None:
        sent = 0
        try:
            while data := server.recv(CHUNK):
                if marked.is_set() and self.cut:
                    sent += len(data)
                    if sent > self.cut[1]:
                        self.cuts += 1
                        if self.moving:
                            self.moving.wait(timeout=120)
                        break
                phone.sendall(data)
        except OSError:
            pass
        self._end(phone)


def read_until(one: socket.socket, end: bytes) -> bytes:
    """Bytes up to and beyond `end`; fewer when the other side hangs up."""
    got = b""
    while end not in got and (more := one.recv(CHUNK)):
        got += more
    return got


def length_of(head: bytes) -> int:
    """Content-Length of a request's head; 0 without."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
