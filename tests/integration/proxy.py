"""nginx in front of a server, with the location that docs/http.md tells people to copy."""

import re
import shutil
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

import client
from support import PATIENCE, REPOSITORY, wait_until

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
OPENSSL = shutil.which("openssl")

_CONFIG = """
daemon off;
worker_processes 1;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    proxy_max_temp_file_size 0;
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    server {{
        listen 127.0.0.1:{port};
        {tls}
        {location}
    }}
}}
"""
_TLS = """
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {work}/certificate.pem;
        ssl_certificate_key {work}/key.pem;
"""


def documented_location(server_port):
    """The block of docs/http.md, passing on to a server on that port."""
    (block,) = re.findall(r"```nginx\n(location .*?)```", (REPOSITORY / "docs/http.md").read_text(), re.S)
    assert block.count("http://127.0.0.1:8080/") == 1
    return block.replace("http://127.0.0.1:8080/", f"http://127.0.0.1:{server_port}/")


def make_certificate(folder):
    subprocess.run([OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", "/CN=maps.example", "-days", "2", "-keyout", folder / "key.pem", "-out",
                    folder / "certificate.pem"], check=True, capture_output=True, timeout=60)


class Nginx:
    """Its ports are taken here and handed over, so that nobody else can take them in between."""

    def __init__(self, location):
        self._location = location
        self.tls_port = None

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        work = Path(self._folder.name)
        plain, tls = (socket.create_server(("127.0.0.1", 0), backlog=64) for _ in range(2))
        sockets = [plain, tls] if OPENSSL else [plain]
        self.port = plain.getsockname()[1]
        tls_config = ""
        if OPENSSL:
            self.tls_port = tls.getsockname()[1]
            make_certificate(work)
            tls_config = _TLS.format(port=self.tls_port, work=work)
        config = work / "nginx.conf"
        config.write_text(_CONFIG.format(work=work, port=self.port, tls=tls_config, location=self._location))
        fds = [one.fileno() for one in sockets]
        self.process = subprocess.Popen(
            [NGINX, "-p", work, "-c", config], env={"NGINX": "".join(f"{fd};" for fd in fds)}, pass_fds=fds,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for one in (plain, tls):
            one.close()
        try:
            wait_until(self._answers, "an answer of nginx")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"nginx ended: {self.process.stderr.read().decode()}")
        try:
            return self.get("/").status
        except (OSError, client.Closed):
            return None

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stderr.close()
        self._folder.cleanup()

    def get(self, target, headers=(), tls=False):
        """One request, as a client outside makes it."""
        with client.Connection(self.tls_port if tls else self.port) as connection:
            if tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                connection.socket = context.wrap_socket(connection.socket, server_hostname="maps.example")
            return connection.request(target, {"Connection": "close", **dict(headers)})
