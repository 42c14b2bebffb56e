"""Secrets in the surroundings where agents, shells and clients leave them; and what looks like a secret and is none."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.secret_forms import BY_FORM, NAMED_ONLY, Secret, base64_of, made, private_keys


class Sample(NamedTuple):
    name: str
    secret: Secret
    said: Any
    """A text, or the data of an event."""

    @property
    def data(self) -> dict[str, Any]:
        return self.said if isinstance(self.said, dict) else {"output": self.said}

    @property
    def text(self) -> str:
        return self.said if isinstance(self.said, str) else json.dumps(self.said)


Place = Callable[[str], Any]

ANYWHERE: dict[str, Place] = {
    "in prose": lambda s: f"I used {s} for that, and it worked.",
    "in brackets": lambda s: f"token ({s}) is not valid",
    "in a JSON value": lambda s: {"config": {"value": s}},
    "in a list": lambda s: {"argv": ["deploy", "--with", s]},
    "in a query": lambda s: f"GET https://api.example.com/v1/items?page=2&access_token={s}&x=1 200",
    "in a path": lambda s: f"https://hooks.example.com/services/{s}/send",
    "in a diff": lambda s: f"--- a/.env\n+++ b/.env\n-OLD=1\n+NEXT={s}\n",
    "in a traceback": lambda s: f'  File "a.py", line 3\n    client = Client("{s}")\nValueError: 401',
    "in Markdown": lambda s: f"Run it with `{s}` as the key",
    "in a table": lambda s: f"| name | {s} | active |",
    "in XML": lambda s: f"<Key>{s}</Key>",
    "as a key": lambda s: {"seen": {s: 3}},
    "in echo": lambda s: f"echo {s} | base64",
    "in an escaped JSON": lambda s: json.dumps({"body": json.dumps({"value": s})}),
}
"""For what is known by its form."""

NAMED: dict[str, Place] = {
    "in .env": lambda s: f"DEBUG=1\nSERVICE_API_KEY={s}\nPORT=80",
    "in quoted .env": lambda s: f'export DB_PASSWORD="{s}"',
    "in export": lambda s: f"export SECRET_ACCESS_KEY='{s}' && ./run",
    "in Python": lambda s: f"Client(api_key={s!r}, timeout=3)",
    "in a repr": lambda s: repr({"user": "ada", "password": s}),
    "in JSON": lambda s: json.dumps({"client_secret": s, "n": 1}),
    "in escaped JSON": lambda s: json.dumps(json.dumps({"apiKey": s})),
    "in twice escaped JSON": lambda s: json.dumps({"a": json.dumps({"b": json.dumps({"secretKey": s})})}),
    "in YAML": lambda s: f"database:\n  password: {s}\n  port: 5432",
    "in quoted YAML": lambda s: f'auth:\n  client-secret: "{s}"\n',
    "in TOML": lambda s: f'[service]\nsecret_key = "{s}"\n',
    "in ini": lambda s: f"[default]\naws_secret_access_key = {s}\nregion = eu",
    "in properties": lambda s: f"spring.datasource.password={s}",
    "in a header": lambda s: f"> X-Api-Key: {s}\n> Accept: */*",
    "in curl": lambda s: f'curl -s -H "X-Auth-Token: {s}" https://example.com/',
    "in an option": lambda s: f"deploy --password {s} --force",
    "in an option with =": lambda s: f"deploy --api-key={s} --force",
    "in JavaScript": lambda s: f"const client = new Client({{ apiKey: '{s}' }});",
    "in Go": lambda s: f'apiKey := "{s}"',
    "in Ruby": lambda s: f"config = {{ :secret_key => '{s}' }}",
    "in XML": lambda s: f'<add key="x" /><password>{s}</password>',
    "in an attribute": lambda s: f'<connection user="sa" password="{s}" />',
    "as a field": lambda s: {"client": {"api_key": s}},
    "as a deep field": lambda s: {"config": {"credentials": {"primary": {"value": s, "since": 3}}}},
    "as a list of a field": lambda s: {"secrets": ["a", s]},
    "as an environment": lambda s: {"env": [{"name": "DB_PASSWORD", "value": s}, {"name": "PORT", "value": "80"}]},
    "as argv": lambda s: {"argv": ["deploy", "--password", s, "--force"]},
    "as argv in a text": lambda s: json.dumps(["deploy", "--api-key", s]),
    "in camel case": lambda s: {"accessToken": s, "clientSecret": s},
    "in a query": lambda s: f"https://api.example.com/v1?api_key={s}&page=2",
    "in PowerShell": lambda s: f'$env:API_SECRET = "{s}"',
    "in cmd": lambda s: f"set CLIENT_SECRET={s}",
    "in Docker": lambda s: f"docker run -e POSTGRES_PASSWORD={s} postgres",
    "in Helm": lambda s: f"helm install x --set auth.password={s},replicas=2",
    "in kubectl": lambda s: f"kubectl create secret generic db --from-literal=password={s}",
    "in SQL": lambda s: f"CREATE USER app WITH PASSWORD '{s}';",
    "in MySQL": lambda s: f"CREATE USER 'app'@'%' IDENTIFIED BY '{s}';",
    "in aws configure": lambda s: f"aws configure set aws_secret_access_key {s}",
    "in Terraform": lambda s: f'variable "x" {{}}\nsecret_key = "{s}"',
}
"""For what only its name tells."""

COMMANDS: dict[str, Place] = {
    "curl -u": lambda s: f"curl -u admin:{s} https://example.com",
    "curl --user": lambda s: f"curl --user 'admin:{s}' https://example.com",
    "httpie": lambda s: f"http -a admin:{s} GET example.com",
    "wget": lambda s: f"wget --user=ada --password={s} https://example.com/f",
    "mysql -p": lambda s: f"mysql -u root -p{s} shop",
    "mysqldump": lambda s: f"mysqldump --password={s} shop",
    "PGPASSWORD": lambda s: f"PGPASSWORD={s} psql -h db",
    "sshpass": lambda s: f"sshpass -p {s} ssh root@host",
    "docker login": lambda s: f"docker login -u ada -p {s} registry.example.com",
    "redis-cli": lambda s: f"redis-cli -h cache -a {s} ping",
    "openssl": lambda s: f"openssl enc -aes256 -pass pass:{s} -in a",
    "gpg": lambda s: f"gpg --batch --passphrase {s} -d a.gpg",
    "zip": lambda s: f"zip -P {s} a.zip a",
    "unzip": lambda s: f"unzip -P {s} a.zip",
    "7z": lambda s: f"7z x -p{s} a.7z",
    "ldapsearch": lambda s: f"ldapsearch -D cn=admin -w {s} -b dc=x",
    "smbclient": lambda s: f"smbclient //host/share -U ada%{s}",
    "sudo -S": lambda s: f"echo {s} | sudo -S apt update",
    "htpasswd": lambda s: f"htpasswd -b .htpasswd ada {s}",
    "chpasswd": lambda s: f"echo 'ada:{s}' | chpasswd",
    "az login": lambda s: f"az login --service-principal -u app -p {s} --tenant t",
    "sqlcmd": lambda s: f"sqlcmd -S db -U sa -P {s} -Q 'select 1'",
    "mongosh": lambda s: f"mongosh --username ada --password {s} host",
    "postgres URL": lambda s: f"postgresql://app:{quote(s, safe='')}@db.example.com:5432/shop?sslmode=require",
    "mongodb+srv": lambda s: f"mongodb+srv://app:{quote(s, safe='')}@cluster0.example.mongodb.net/shop",
    "redis URL": lambda s: f"REDIS_URL=redis://:{quote(s, safe='')}@cache:6379/0",
    "amqp": lambda s: f"amqps://app:{quote(s, safe='')}@mq.example.com/v",
    "git remote": lambda s: f"git remote set-url origin https://ada:{quote(s, safe='')}@github.example.com/a/b.git",
    "git with token only": lambda s: f"git clone https://x-access-token:{quote(s, safe='')}@github.example.com/a/b",
    "ADO.NET": lambda s: f"Server=db;Database=shop;User Id=sa;Password={s};Encrypt=true",
    "ODBC": lambda s: f"DRIVER={{ODBC}};SERVER=db;UID=sa;PWD={s};",
    "JDBC": lambda s: f"jdbc:mysql://db/shop?user=app&password={quote(s, safe='')}&useSSL=true",
    "libpq": lambda s: f"psql 'host=db user=app password={s} dbname=shop'",
    "DSN of Go": lambda s: f"app:{s}@tcp(db:3306)/shop?parseTime=true",
    "service bus": lambda s: f"Endpoint=sb://x.example.net/;SharedAccessKeyName=Root;SharedAccessKey={s}",
    "storage": lambda s: f"DefaultEndpointsProtocol=https;AccountName=x;AccountKey={s};EndpointSuffix=core",
    "SAS": lambda s: f"https://x.blob.example.net/c/f?sv=2024-11-04&se=2027-01-01&sr=b&sp=r&sig={quote(s, safe='')}",
    ".netrc": lambda s: f"machine api.example.com\n  login ada\n  password {s}\n",
    ".netrc in a line": lambda s: f"machine api.example.com login ada password {s}",
    ".pgpass": lambda s: f"cat ~/.pgpass\ndb.example.com:5432:shop:app:{s}",
    ".npmrc": lambda s: f"//registry.example.com/:_authToken={s}",
    ".npmrc password": lambda s: f"//registry.example.com/:_password={s}",
    "pip from git": lambda s: f"pip install git+https://__token__:{quote(s, safe='')}@git.example.com/shop/x",
    "bearer": lambda s: f"Authorization: Bearer {s}",
    "token scheme": lambda s: f"Authorization: token {s}",
    "bearer in curl": lambda s: f"curl -H 'Authorization: Bearer {s}' https://example.com",
    "bearer in a dict": lambda s: repr({"headers": {"Authorization": f"Bearer {s}"}}),
    "authorization as a field": lambda s: {"headers": {"Authorization": f"Bearer {s}"}},
    "authorization as pairs": lambda s: {"headers": [["accept", "*/*"], ["authorization", f"Bearer {s}"]]},
    "cookie": lambda s: f"Cookie: theme=dark; session={s}; lang=en",
    "set-cookie": lambda s: f"Set-Cookie: sid={s}; Path=/; HttpOnly",
    "cookie in curl": lambda s: f"curl -b 'session={s}' https://example.com",
    "basic": lambda s: f"Authorization: Basic {base64_of(f'ada:{s}')}",
    "docker config": lambda s: json.dumps({"auths": {"registry.example.com": {"auth": base64_of(f"ada:{s}")}}}),
    "kubernetes secret": lambda s: f"kind: Secret\ndata:\n  password: {base64_of(s)}\n",
    "wireguard": lambda s: f"[Interface]\nPrivateKey = {s}\nAddress = 10.0.0.1/24",
    "wpa": lambda s: f'network={{\n ssid="x"\n psk="{s}"\n}}',
    "read aloud": lambda s: f"The password is {s}, do not tell.",
    "prompted": lambda s: f"Password: {s}",
}
"""With a password or a token of no form."""


SPOKEN = {"read aloud", "in aws configure"}
"""Where a name and a value are words among words: a value that looks like any word cannot be told from one."""


def needles_of(sample: Sample) -> set[str]:
    """What must be nowhere: the secret, and where it stands in base64 or in a URL that."""
    encoded = [base64_of(f"ada:{sample.secret.text}"), base64_of(sample.secret.text)]
    in_a_url = quote(sample.secret.text, safe="")
    return (
        sample.secret.needles
        | {each[8:24] for each in encoded if each in sample.text}
        | ({in_a_url} if in_a_url in sample.text else set())
    )


def secrets(seed: int = 4) -> list[Sample]:
    dice = random.Random(seed)
    samples: list[Sample] = []
    places = cycle(ANYWHERE.items())
    for secret in made(BY_FORM, dice):
        named = cycle(NAMED.items())
        for _ in range(dice.randrange(len(NAMED))):
            next(named)
        for place, put in [*islice(places, 3), *islice(named, 1)]:
            samples.append(Sample(f"{secret.form}, {place}", secret, put(secret.text)))
    formless = cycle(made(NAMED_ONLY, dice))
    for place, put in (*NAMED.items(), *COMMANDS.items()):
        for secret in islice(formless, 3):
            if place not in SPOKEN or not secret.form.startswith("password"):
                samples.append(Sample(f"{secret.form}, {place}", secret, put(secret.text)))
    for key in private_keys(dice):
        for place, put in (
            ("in a file", lambda s: f"cat id_rsa\n{s}"),
            ("in JSON", lambda s: json.dumps({"private_key": s, "client_email": "a@example.com"})),
            ("as a field", lambda s: {"key": {"pem": s}}),
            ("in one line", lambda s: "KEY=" + s.replace("\n", "\\n")),
            ("in base64", lambda s: f"KEY_B64_SECRET={base64.b64encode(s.encode()).decode()}"),
        ):
            samples.append(Sample(f"{key.form}, {place}", key, put(key.text)))
    return samples


def harmless(seed: int = 4) -> list[str]:
    """What agents say all day, and must be read as it was said."""
    dice = random.Random(seed)
    return [*_generated(dice), *filter(None, (line.rstrip() for line in HARMLESS.splitlines()))]


def _generated(dice: random.Random) -> list[str]:
    def drawn(alphabet: str, count: int) -> str:
        return "".join(dice.choice(alphabet) for _ in range(count))

    hexadecimal, digits = "0123456789abcdef", "0123456789"
    letters = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
    mixed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    sha1, sha256, uuid = (
        [drawn(hexadecimal, 40) for _ in range(8)],
        [drawn(hexadecimal, 64) for _ in range(6)],
        ["-".join(drawn(hexadecimal, n) for n in (8, 4, 4, 4, 12)) for _ in range(8)],
    )
    image = base64.b64encode(b"\x89PNG\r\n\x1a\n" + dice.randbytes(60)).decode()
    integrity = base64.b64encode(dice.randbytes(64)).decode()
    return [
        f"git show {sha1[0]}",
        f"[main {sha1[1][:7]}] Mend the rules",
        f"index {sha1[2][:10]}..{sha1[3][:10]} 100644",
        f"HEAD is now at {sha1[4][:12]}",
        f"commit {sha1[5]}\nAuthor: Ada <ada@example.com>",
        f"https://github.example.com/a/b/commit/{sha1[6]}",
        f"git rev-parse HEAD\n{sha1[7]}",
        f"docker pull nginx@sha256:{sha256[0]}",
        f"{sha256[1]}  dist/lookout.whl",
        f"sha256sum: {sha256[2]}",
        f'"integrity": "sha512-{integrity}"',
        f"--hash=sha256:{sha256[3]}",
        f'ETag: "{sha256[4][:32]}"',
        f"checksum = {sha256[5]}",
        *(f"session {each}" for each in uuid[:3]),
        f"/home/ada/.claude/projects/-work-shop/{uuid[3]}.jsonl",
        f"request_id={uuid[4]}",
        f"GET /api/items/{uuid[5]}?page=2",
        f"trace {uuid[6].replace('-', '')} span {drawn(hexadecimal, 16)}",
        f"run {uuid[7]} finished",
        f"toolu_{drawn(mixed, 24)}",
        f"msg_{drawn(mixed, 24)} req_{drawn(mixed, 24)}",
        f"ulid {drawn(letters, 26)}",
        f"data:image/png;base64,{image}",
        "<img src='data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'>",
        f"iVBORw0KGgo{image[11:40]}",
        f"/9j/4AAQSkZJRgABAQAAAQABAAD/{image[20:60]}",
        f"v0.0.0-20261124103000-{sha1[0][:12]}",
        f"lookout-{drawn(hexadecimal, 10)}-{drawn('bcdfghjklmnpqrstvwxz', 5)} 1/1 Running",
        f"i-0{drawn(hexadecimal, 16)} vpc-{drawn(hexadecimal, 8)} subnet-{drawn(hexadecimal, 17)}",
        f"build {drawn(digits, 10)} took {drawn(digits, 3)} ms",
        f"main.{drawn(hexadecimal, 8)}.js  vendor-{drawn(mixed, 8)}.css",
        f"chunk-{drawn(letters, 8)}.mjs",
        f'Id: W/"{drawn(hexadecimal, 6)}-{drawn(mixed, 27)}"',
        "node_modules/.pnpm/esbuild@0.25.0/node_modules/esbuild",
        f"go: downloading github.com/a/b v1.2.3-0.20261101000000-{sha1[1][:12]}",
        f'UUID="{uuid[0]}" TYPE=ext4',
        f"machine-id {drawn(hexadecimal, 32)}",
        f"cache key: Linux-node-{sha256[0]}",
        f"/nix/store/{drawn('0123456789abcdfghijklmnpqrsvwxyz', 32)}-python3-3.13.1/bin/python3",
    ]


HARMLESS = r"""
pytest -q tests/test_redact.py -k "not slow" --maxfail=3
uv pip install -r requirements.txt --no-deps
npm install --save-dev typescript@5.9.3 vite@7.1.12
cargo build --release --features serde,tokio
src/services/authentication/token_bucket.py
web/src/components/PasswordField.tsx
tests/keys/test_rotation.py::test_a_key_that_is_revoked
docs/secrets-management.md
/etc/ssl/certs/ca-certificates.crt
C:\Users\ada\AppData\Local\Programs\Python\Python313\python.exe
max_tokens: 4096
token_usage: 45000
tokens=1234 input, 567 output
context_percentage: 0.225
prompt_tokens_details: {"cached_tokens": 1024}
tokenizer = AutoTokenizer.from_pretrained(name)
def authenticate(user: str, password: str) -> bool:
password: str | None = None
class Token(NamedTuple):
if token == expected:
for key, value in mapping.items():
return hash_password(password)
const { password, ...rest } = user;
if (!apiKey) throw new Error("no API key");
api_key = os.environ["SERVICE_API_KEY"]
password=$DB_PASSWORD
password: ${{ secrets.DB_PASSWORD }}
export GITHUB_TOKEN=$(gh auth token)
Authorization: Bearer <token>
Authorization: Bearer $TOKEN
-H "Authorization: Bearer ${TOKEN}"
token: [hidden]
password: ********
api_key: None
secret: true
"password": "string"
"token": {"type": "string", "required": true}
sort_keys=True
primary_key=True
foreign_key=user.id
public_key.pem
keyboard: de
monkey = 3
turkey: 4
key: value
keys: [a, b, c]
cache_key=user:42:profile
partition_key=2026-11-24
key_path = /etc/lookout/key
ssh-add -l
ssh-keygen -t ed25519 -C ada@example.com -f ~/.ssh/id_ed25519
ssh -i ~/.ssh/id_ed25519 ada@host
git commit -m "Let a token expire" --author="Ada <ada@example.com>"
git push --force-with-lease origin main:refs/heads/next
git remote add origin git@github.example.com:a/b.git
git clone https://github.example.com/a/b.git
postgresql://db.example.com:5432/shop
postgresql://app@db.example.com/shop
redis://cache:6379/0
amqp://mq.example.com:5672/
http://localhost:5000/?view=agents
http://127.0.0.1:8765/api/events
https://example.com/a?page=2&sort=name&token_type=all
ws://localhost:5000/ws
s3://bucket/2026/11/24/part-00001.parquet
arn:aws:iam::123456789012:role/deploy
projects/shop/locations/eu/keyRings/ring/cryptoKeys/key
2026-11-24T10:30:00.123456Z
Tue, 24 Nov 2026 10:30:00 GMT
192.0.2.17:8443
2001:db8::8a2e:370:7334
00:1b:44:11:3a:b7
ada.lovelace+test@example.com
#1f6feb #ffb000
rgba(255, 176, 0, 0.5)
1.2.3-alpha.1+build.5114f85
>=3.11,<4.0
v22.11.0
ghcr.io/org/image:2026.11.24
registry.example.com/team/app:latest
kubectl get secret db -o yaml
kubectl create secret generic db --from-file=./password.txt
aws sts get-caller-identity
aws secretsmanager list-secrets --region eu-central-1
gcloud auth list
docker login registry.example.com
docker run -p 8080:80 -v /data:/data nginx
mysql -u root shop
psql -h db -p 5432 -U app shop
curl -sS -o out.json https://api.example.com/v1/items
curl -u ada https://example.com
curl -b cookies.txt -c cookies.txt https://example.com
curl -X POST -H "Content-Type: application/json" -d '{"n": 1}' http://localhost
http GET example.com/items page==2
zip -r out.zip dist
unzip -l out.zip
7z l archive.7z
ldapsearch -x -b dc=example,dc=com
sqlcmd -S db -E -Q "select 1"
redis-cli -h cache ping
openssl x509 -in cert.pem -noout -text
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ ada@host
echo hello | sudo tee /etc/motd
sudo apt-get install -y jq
Enter passphrase for key:
Permission denied (publickey,password).
fatal: Authentication failed for the repository
401 Unauthorized: invalid token
The token has expired; sign in again.
The password is wrong.
Forgot password?
password reset link sent
Set a password of at least 12 characters
The secret of a good test is its name
bearer of bad news
basic usage: lookout up
Cookie banner dismissed
signature verification failed
Signature: (a: int, b: str) -> bool
SIGTERM sent
pass 12 of 40
passed=31 failed=0
bypass: true
compass north
passenger_count=3
authored by ada
author: Ada
oauth2 flow
jwt decode failed
design tokens: 12
csrf protection on
rate limit: 60 requests a minute
model: claude-opus-4-8-20260801
gpt-5.2-codex-2026-02-01
gemini-3-pro-preview-11-2025
claude-sonnet-5@20260930
task-1234 sk-learn 1.6
pip install scikit-learn
risk-assessment.md
ask-user-question
desk-3 disk-usage
key-value store
fc-cache -f
re_compile(pattern)
pa-11y audit
pk_user_id
SK-2 bus
api-gateway-7f9c
sdk-core 4.2
mob-programming
hf_hub_download("org/model")
npm_config_cache=/tmp
glass_half
pattern: ^[a-z]+$
patch 3 of 7
path/to/patterns
1/1 Running
2/12 done
cio meeting
EAAA
dp.pt
SG.UnitTest
r8_
xai-org
AIzawa
"""
