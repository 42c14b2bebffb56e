"""Signing in by the team's own OpenID provider: authorization code with PKCE (OpenID Connect Core 1.0, RFC 7636)."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from typing import NamedTuple

import httpx2
import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct
from msgspec.structs import replace
from quart import Blueprint, Quart, Response, current_app, request
from quart_schema import hide

from services.access import Access, Grant, Role, User
from services.accounts import AlreadyThere
from services.api.login import Door, address, after, door, look_again, onward, refused_page, set_cookie, signed_in, to
from services.events import now
from services.limits import ByAddress, seconds
from services.problem import Problem
from services.settings import Settings, is_confidential
from services.users import is_name

blueprint = Blueprint("oidc", __name__)

STATE_COOKIE = "__Host-lookout-oidc"
"""Ties what comes back from the provider to the browser that went there."""

PATIENCE = 600.0
"""Seconds for which somebody may stay at the provider."""
MOST = 1000
"""People who may be there at once; of more the first is forgotten of where most of them come from."""
STARTS = (1 / 6, 60)
"""How often one address may go there a second in the long run, and at once: a whole office at nine o'clock."""

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
DISCOVERED_FOR = 3600.0
TIMEOUT = 10.0


class Discovery(Struct):
    """What is needed of /.well-known/openid-configuration."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""


class Claims(Struct):
    """What is needed of an ID token; it has been verified."""

    sub: str
    email: str = ""
    email_verified: bool = False


class Away(NamedTuple):
    """Someone who has gone to the provider, from where."""

    verifier: str
    nonce: str
    wanted: str
    since: float
    address: str


class ProviderError(Exception):
    """One sentence for who wanted to sign in."""


class Provider:
    """The team's provider. The client secret comes from LOOKOUT_OIDC_CLIENT_SECRET, and is in no setting."""

    def __init__(self, settings: Settings, client_secret: str) -> None:
        self._oidc = settings.oidc
        self._secret = client_secret
        self._redirect = f"{settings.url}/oidc/callback"
        self._away: dict[str, Away] = {}
        self._starts = ByAddress(*STARTS)
        self._found: tuple[float, Discovery, KeySet] | None = None

    async def send(self, wanted: str, origin: str) -> tuple[str, str]:
        """Where a browser must go, and the state that it must bring back; raises ProviderError, or Problem 429."""
        wait = self._starts.take(origin, time.monotonic())
        if wait:
            raise Problem(429, "Too many sign in from this address: wait a little.", retry_after=seconds(wait))
        discovery, _ = await self._discovered()
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        async with self._client() as client:
            url, state = client.create_authorization_url(
                discovery.authorization_endpoint, code_verifier=verifier, nonce=nonce
            )
        self._away[state] = Away(verifier, nonce, wanted, time.monotonic(), origin)
        if len(self._away) > MOST:
            [(crowd, _)] = Counter(away.address for away in self._away.values()).most_common(1)
            del self._away[next(each for each, away in self._away.items() if away.address == crowd)]
        return url, state

    async def back(self, state: str, code: str) -> tuple[Claims, str]:
        """Who came back with this code, and where they wanted to go; raises ProviderError. A state works once."""
        away = self._away.pop(state, None)
        if away is None or time.monotonic() - away.since > PATIENCE:
            raise ProviderError("Signing in took too long, or was begun in another browser: begin again.")
        discovery, keys = await self._discovered()
        try:
            async with self._client() as client:
                token = await client.fetch_token(discovery.token_endpoint, code=code, code_verifier=away.verifier)
                claims = self._verified(str(token.get("id_token", "")), away.nonce, discovery, keys)
                if not claims.email and discovery.userinfo_endpoint:
                    claims = await _with_address(client, discovery, claims)
            return claims, away.wanted
        except (AuthlibBaseError, JoseError, httpx2.HTTPError, ValueError) as error:
            if not isinstance(error, AuthlibBaseError):
                # It may have other keys by now, or be elsewhere.
                self._found = None
            raise ProviderError("The provider did not confirm who you are: begin again, or ask an admin.") from error

    def _verified(self, text: str, nonce: str, discovery: Discovery, keys: KeySet) -> Claims:
        token = jwt.decode(text, keys, algorithms=list(ALGORITHMS))
        jwt.JWTClaimsRegistry(
            leeway=60,
            iss={"essential": True, "value": discovery.issuer},
            aud={"essential": True, "value": self._oidc.client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(token.claims)
        return msgspec.convert(token.claims, Claims)

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._oidc.client_id,
            self._secret or None,
            scope="openid email",
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            timeout=TIMEOUT,
        )

    async def _discovered(self) -> tuple[Discovery, KeySet]:
        if self._found and time.monotonic() - self._found[0] < DISCOVERED_FOR:
            return self._found[1:]
        issuer = self._oidc.issuer
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT) as client:
                about = await client.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                discovery = msgspec.json.decode(about.raise_for_status().content, type=Discovery)
                _check(discovery)
                keys = (await client.get(discovery.jwks_uri)).raise_for_status().json()
        except (httpx2.HTTPError, msgspec.DecodeError, ValueError) as error:
            raise ProviderError("The provider does not answer: try again, or sign in with a password.") from error
        if discovery.issuer != issuer:
            raise ProviderError(f"oidc.issuer is {issuer}, but the provider calls itself {discovery.issuer}.")
        self._found = (time.monotonic(), discovery, KeySet.import_key_set(keys))
        return self._found[1:]


def _check(discovery: Discovery) -> None:
    """Raises ProviderError for who would have secrets sent where others read them."""
    named = (discovery.authorization_endpoint, discovery.token_endpoint, discovery.jwks_uri)
    if not all(map(is_confidential, (*named, discovery.userinfo_endpoint or discovery.token_endpoint))):
        raise ProviderError(f"The provider {discovery.issuer} names addresses without https://: ask an admin.")


async def _with_address(client: AsyncOAuth2Client, discovery: Discovery, claims: Claims) -> Claims:
    """Some providers tell an address only there (OpenID Connect Core 5.4); of another subject it is worth nothing."""
    answer = await client.get(discovery.userinfo_endpoint)
    told = msgspec.json.decode(answer.raise_for_status().content, type=Claims)
    return told if told.sub == claims.sub else claims


def attach(app: Quart, settings: Settings, client_secret: str) -> None:
    """Adds signing in by the provider to the API."""
    app.extensions["oidc"] = Provider(settings, client_secret)
    app.extensions["settings"] = settings
    app.register_blueprint(blueprint)


def _provider() -> Provider:
    found: Provider = current_app.extensions["oidc"]
    return found


@blueprint.get("/oidc/start")
@hide
async def get_start() -> Response:
    try:
        url, state = await _provider().send(onward(request.args.get("next", "/")), address())
    except ProviderError as error:
        return await refused_page(str(error), 502)
    except Problem as crowded:
        return after(crowded.retry_after, await refused_page(crowded.detail, crowded.status))
    response = to(url)
    set_cookie(response, state, int(PATIENCE), STATE_COOKIE)
    return response


@blueprint.get("/oidc/callback")
@hide
async def get_callback() -> Response:
    state = request.args.get("state", "")
    brought = request.cookies.get(STATE_COOKIE, "")
    try:
        if not secrets.compare_digest(state.encode(), brought.encode()):
            raise ProviderError("Signing in was begun in another browser: begin again.")
        claims, wanted = await _provider().back(state, request.args.get("code", ""))
        await look_again()
        user = await admit(door(), current_app.extensions["settings"], claims)
    except ProviderError as error:
        return await refused_page(str(error), 403)
    response = await signed_in(user.name, wanted, now())
    set_cookie(response, "", 0, STATE_COOKIE)
    return response


async def admit(known: Door, settings: Settings, claims: Claims) -> User:
    """The user whom the provider named: by subject, else, the first time, by a verified address that is a user's name.

    Raises ProviderError for whom nobody has added, unless oidc.role lets everyone in whom the provider knows.
    """
    subject = f"{settings.oidc.issuer} {claims.sub}"
    found = by_subject(known.accounts.access, subject)
    if found:
        return found
    # Some letters of other scripts become one of ours when they are made small, and the address another's.
    email = claims.email.lower() if claims.email_verified and claims.email.isascii() else ""
    user = known.accounts.access.users.get(email)
    if user and not user.subject:
        bound = replace(user, subject=subject)
        await known.note("user_changed", email, email, subject=claims.sub)
        await known.accounts.change_user(bound)
        return bound
    if not (settings.oidc.role and not user and is_name(email)):
        raise ProviderError("The provider knows you, but Lookout does not: ask an admin to add you.")
    return await _added(known, email, settings.oidc.role, subject)


async def _added(known: Door, email: str, role: Role, subject: str) -> User:
    made = User(email, (Grant(role),), now(), subject=subject)
    await known.note("user_added", email, email, grants=f"{role} in *")
    try:
        await known.accounts.add_user(made)
    except AlreadyThere as error:
        raise ProviderError("Somebody else has that name here: ask an admin.") from error
    return made


def by_subject(access: Access, subject: str) -> User | None:
    return next((user for user in access.users.values() if user.subject == subject), None)
