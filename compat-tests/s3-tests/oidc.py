#!/usr/bin/env python3
"""An OpenID provider for the STS cases: discovery and JWKS on localhost:8080, where the suite looks for it.

    oidc.py DIRECTORY

Makes a key with openssl, writes DIRECTORY/oidc.json (tokens and what they say), then serves until it is ended.
"""
import base64
import hashlib
import http.server
import json
import pathlib
import subprocess
import sys
import time

PORT = 8080  # Written into the cases.
REALM = "s3tests"
PATH = f"/auth/realms/{REALM}"
ISSUER = f"http://localhost:{PORT}{PATH}"
AUDIENCE = "s3tests-client"
SUBJECT = "f1c1c1e4-5f3c-4f7c-9a86-0b6c5a2c7d11"
KEY_ID = "s3tests-key"
TOKEN_LIFETIME_S = 6 * 3600


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True).stdout


class Signer:
    def __init__(self, directory):
        self._key = str(directory / "oidc.key")
        certificate = str(directory / "oidc.crt")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self._key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost")
        self.certificate = openssl("x509", "-in", certificate, "-outform", "DER")
        modulus = openssl("rsa", "-in", self._key, "-noout", "-modulus").decode().strip().split("=")[1]
        self.jwk = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": base64url(bytes.fromhex(modulus)),
                    "e": base64url((65537).to_bytes(3, "big")), "x5c": [base64.b64encode(self.certificate).decode()]}

    def token(self, **claims):
        now = int(time.time())
        header = {"alg": "RS256", "typ": "JWT", "kid": KEY_ID}
        # app_id is no claim of OpenID, but the key that the suite's trust policies compare with the audience.
        payload = {"iss": ISSUER, "aud": AUDIENCE, "azp": AUDIENCE, "app_id": AUDIENCE, "sub": SUBJECT,
                   "iat": now, "nbf": now, "exp": now + TOKEN_LIFETIME_S, **claims}
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, payload))
        return signed + "." + base64url(openssl("dgst", "-sha256", "-sign", self._key, data=signed.encode()))


def make_handler(documents):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = documents.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *arguments):
            """Silent: the run's own progress is what people read."""
    return Handler


def main(directory):
    signer = Signer(directory)
    jwks_path = f"{PATH}/protocol/openid-connect/certs"
    documents = {
        f"{PATH}/.well-known/openid-configuration": json.dumps({
            "issuer": ISSUER, "jwks_uri": f"http://localhost:{PORT}{jwks_path}", "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"]}).encode(),
        jwks_path: json.dumps({"keys": [signer.jwk]}).encode(),
    }
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), make_handler(documents))
    except OSError as error:
        sys.exit(f"The suite's OpenID cases look for their provider on localhost:{PORT}, which cannot be had: {error}")
    tags = {"principal_tags": {"Department": ["Engineering"]}, "transitive_tag_keys": []}
    (directory / "oidc.new").write_text(json.dumps({
        "thumbprint": hashlib.sha1(signer.certificate).hexdigest(), "aud": AUDIENCE, "azp": AUDIENCE, "sub": SUBJECT, "KC_REALM": REALM,
        "token": signer.token(), "user_token": signer.token(**{"https://aws.amazon.com/tags": tags})}))
    (directory / "oidc.new").rename(directory / "oidc.json")
    server.serve_forever()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
