"""A certificate authority of one's own, made by the openssl that comes with ca-certificates."""

import ssl
import subprocess
from pathlib import Path


def _openssl(*arguments, **options):
    done = subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stdout.decode(errors='replace')}")


class Authority:
    """Makes certificates in a folder. `bundle` is the file that makes a client trust them."""

    def __init__(self, folder, name="tests"):
        self._folder = Path(folder)
        self._name = name
        self._key = self._folder / f"{name}.key"
        self.bundle = self._folder / f"{name}.pem"
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 2,
                 "-keyout", self._key, "-out", self.bundle, "-subj", f"/CN=authority of {name}",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def certificate(self, *names, days=2):
        """A PEM file with key and certificate for these names and IPv4 addresses."""
        stem = self._folder / f"{self._name}-{names[0].replace('*', 'any')}"
        key, request, extensions, made = (stem.with_suffix(f".{end}") for end in ("key", "csr", "ext", "crt"))
        alternatives = ",".join(f"{'IP' if name.replace('.', '').isdigit() else 'DNS'}:{name}" for name in names)
        extensions.write_text(f"subjectAltName={alternatives}\n")
        _openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                 "-out", request, "-subj", "/CN=server of tests")
        _openssl("x509", "-req", "-in", request, "-CA", self.bundle, "-CAkey", self._key, "-set_serial", 2, "-days",
                 days, "-extfile", extensions, "-out", made)
        both = stem.with_suffix(".both.pem")
        both.write_bytes(key.read_bytes() + made.read_bytes())
        return both

    def server_context(self, *names, **options):
        """An ssl.SSLContext that presents such a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate(*names, **options))
        return context
