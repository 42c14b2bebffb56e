"""Secrets in the forms of 2026, made up when the tests run: no scanner finds one in this file, and none opens anything.

A form is written as its parts: a text in quotes stands for itself, `A20` is 20 characters of an alphabet (below).
"""

from __future__ import annotations

import base64
import random
import re
from typing import NamedTuple

ALPHABETS = {
    "a": "abcdefghijklmnopqrstuvwxyz0123456789",
    "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "U": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "B": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "D": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
    "S": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "x": "0123456789abcdef",
    "9": "0123456789",
}

# Each line: name, and the form's parts. What is between `|` is put together when it is made.
BY_FORM = """
anthropic            sk-|ant-|api03- D93 AA
anthropic-admin      sk-|ant-|admin01- D93 AA
anthropic-oauth      sk-|ant-|oat01- D86 AA
openai               sk-|proj- D74 T3Blbk|FJ D74
openai-service       sk-|svcacct- D70 T3Blbk|FJ D70
openai-admin         sk-|admin- D60 T3Blbk|FJ D60
openai-older         sk- A20 T3Blbk|FJ A20
openrouter           sk-|or-v1- x64
deepseek             sk- x32
langfuse             sk-|lf- x8 - x4 - x4 - x4 - x12
langsmith            lsv2|_pt_ x32 _ x10
langsmith-service    lsv2|_sk_ x32 _ x10
perplexity           pplx- A48
groq                 gsk_ A52
xai                  xai- A80
cerebras             csk- a48
together             tgp_|v1_ D43
fireworks            fw_ A24
replicate            r8_ A37
huggingface          hf_ A34
huggingface-org      api_|org_ A34
elevenlabs           sk_ x48
voyage               pa- D43
pinecone             pcsk_ A6 _ A63
wandb                wandb_|v1_ A77
tavily               tvly- A32
tavily-dev           tvly-|dev- A32
firecrawl            fc- x32
e2b                  e2b_ x40
jina                 jina_ A60
nvidia               nvapi- D64
cursor               key_ x64
google-api           AI|za D35
google-oauth         ya|29. D100
google-refresh       1// 09 D60
google-client        GOC|SPX- D28
gemini               AQ|.Ab8R D46
aws-key              AK|IA B16
aws-temporary        AS|IA B16
bedrock              ABSK S109 =
azure-entra          A3 8Q~ D34
azure-devops         A76 AZDO A4
azure-storage-like   S76 +AS|t A6 ==
databricks           dapi x32
github               gh|p_ A36
github-oauth         gh|o_ A36
github-app           gh|u_ A36
github-server        gh|s_ A36
github-refresh       gh|r_ A76
github-fine          github|_pat_ A22 _ A59
gitlab               gl|pat- D20
gitlab-routable      gl|pat- D27 .01. a9
gitlab-deploy        gl|dt- D20
gitlab-runner        gl|rt- D20
gitlab-trigger       gl|ptt- x40
gitlab-feed          gl|ft- D20
gitlab-oauth-app     gl|oas- x64
gitlab-incoming      gl|imt- D25
gitlab-job           gl|cbt- A5 _ D20
atlassian            ATA|TT3 xFfGF0 D171 = U8
bitbucket            ATC|TT3 xFfGN0 D171 = U8
bitbucket-app        AT|BB A32
npm                  npm_ A36
pypi                 pypi-|AgEIcHlwaS5vcmc D120
rubygems             ruby|gems_ x48
crates               cio A32
nuget                oy2 a43
docker               dckr|_pat_ D27
docker-org           dckr|_oat_ D32
terraform            A14 .atlas|v1. D67
vault                hvs. D95
vault-batch          hvb. D138
pulumi               pul- x40
cloudflare           cfut_ A40 x8
cloudflare-account   cfat_ A40 x8
vercel               vcp_ A56
netlify              nfp_ A36
heroku               HRKU- D60
fly                  Fly|V1 ~ fm2_ S120
supabase             sbp_ x40
supabase-secret      sb_|secret_ D22 _ D8
neon                 napi_ a64
planetscale          pscale_|tkn_ D43
planetscale-password pscale_|pw_ D43
render               rnd_ A28
digitalocean         dop_|v1_ x64
digitalocean-oauth   doo_|v1_ x64
newrelic             NRAK- U27
newrelic-ingest      NRII- D32
newrelic-licence     x36 FFFF|NRAL
grafana              glsa_ A32 _ x8
grafana-cloud        glc_ S80
sentry               sntr|ys_eyJ S100 = _ S43
sentry-user          sntr|yu_ x64
posthog              phx_ A43
segment              sgp_ A64
honeycomb            hcaik_ a58
slack-bot            xo|xb- 912 - 913 - A24
slack-user           xo|xp- 912 - 912 - 912 - x32
slack-app            xa|pp-1- U11 - 913 - x64
slack-refresh        xo|xe-1- A140
slack-config         xo|xe.xo|xp-1- A160
telegram             910 :AA D33
twilio               SK x32
sendgrid             SG. D22 . D43
mailgun              key- x32
mailchimp            x32 -us 92
resend               re_ A8 _ A24
brevo                xkey|sib- x64 - A16
stripe               sk_|live_ A99
stripe-test          sk_|test_ A99
stripe-restricted    rk_|live_ A99
stripe-webhook       wh|sec_ A32
square               EAAA D60
square-oauth         sq0|csp- D43
paypal               access_token|$production$ a16 $ x32
shopify              shp|at_ x32
shopify-shared       shp|ss_ x32
plaid                access-|production- x8 - x4 - x4 - x4 - x12
razorpay             rzp_|live_ A14
figma                fig|d_ D40
notion               ntn_ 911 A35
notion-older         secret_ A43
linear               lin_|api_ A40
linear-oauth         lin_|oauth_ x64
airtable             pat A14 . x64
asana                2/1 915 /1 915 : x32
clickup              pk_ 98 _ U32
doppler              dp.pt. A43
doppler-service      dp.st.prd. A43
onepassword          ops_ eyJ D300
onepassword-key      A3- U6 - U6 - U5 - U5 - U5 - U5
launchdarkly         sdk- x8 - x4 - x4 - x4 - x12
mapbox               sk.eyJ D80 . D22
contentful           CF|PAT- D43
postman              PMAK- x24 - x34
readme               rdme_ a70
sonar                squ_ x40
sonar-project        sqp_ x40
circleci             CCI|PAT_ A22 _ x40
buildkite            bkua_ x40
artifactory          AKCp A69
dynatrace            dt0|c01. U24 . U64
typeform             tfp_ A44 _ A14
prefect              pnu_ A36
tailscale            ts|key-auth- A12 CNTRL- A32
lookout              lk_|ing_ A49
lookout              lk_|read_ A49
lookout              lk_|op_ A49
lookout              lk_|adm_ A49
snyk                 snyk_|uat. x8 . D180
jwt                  eyJ D33 .eyJ D80 . D43
jwe                  eyJ D60 . D86 . D16 . D120 . D22
age                  AGE-SECRET|-KEY-1 U58
"""

NAMED_ONLY = """
aws-secret           S40
azure-storage        S86 ==
discord              MT D24 . D6 . D38
ngrok                2 A26 _ A21
azure-openai         x32
datadog              x32
mistral              A32
cohere               A40
cloudflare-global    x37
linode               x64
pagerduty            u+ D18
okta                 00 D40
algolia              x32
django               a50
railway              x8 - x4 - x4 - x4 - x12
exa                  x8 - x4 - x4 - x4 - x12
password             correct-horse-battery-9
password-signs       p4$$w0rd!#
password-plain       hunter2zebra
"""
"""What nothing but its name tells from a checksum or an id."""


class Secret(NamedTuple):
    form: str
    text: str

    @property
    def needles(self) -> set[str]:
        """The beginning and the end of each long run: none may be left; where there is no run, the whole."""
        runs = re.findall(r"[A-Za-z0-9]{14,}", self.text)
        return {end for run in runs for end in (run[:14], run[-14:])} or {self.text.strip()}


def made(forms: str, dice: random.Random) -> list[Secret]:
    lines = [line.split() for line in forms.strip().splitlines()]
    return [Secret(name, "".join(_part(part, dice) for part in parts)) for name, *parts in lines]


def _part(part: str, dice: random.Random) -> str:
    if re.fullmatch(r"[aAUBDSx9]\d+", part):
        alphabet = ALPHABETS[part[0]]
        return "".join(dice.choice(alphabet) for _ in range(int(part[1:])))
    return " " if part == "~" else part.replace("|", "")


def private_keys(dice: random.Random) -> list[Secret]:
    """PEM and its kin; the secret is the body."""
    body = "\n".join(_part("S64", dice) for _ in range(6))
    kinds = ["RSA ", "EC ", "DSA ", "", "ENCRYPTED ", "OPENSSH "]
    keys = [Secret(f"pem-{kind.strip() or 'pkcs8'}", _pem(f"{kind}PRIVATE KEY", body)) for kind in kinds]
    return [*keys, Secret("pgp", _pem("PGP PRIVATE KEY BLOCK", f"\n{body}\n=abcd"))]


def _pem(label: str, body: str) -> str:
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
