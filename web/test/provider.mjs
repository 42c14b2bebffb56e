// A real OpenID provider for tests/test_oidc.py: PORT, REDIRECT and SECRET come from the environment.
// Who signs in as ada@example.com has that address; `unverified-...` has one that nobody has verified.
import Provider from "oidc-provider";

const { PORT, REDIRECT, SECRET } = process.env;
const issuer = `http://localhost:${PORT}`;

const provider = new Provider(issuer, {
  clients: [{ client_id: "lookout", client_secret: SECRET, redirect_uris: [REDIRECT], grant_types: ["authorization_code"] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id.replace("unverified-", ""), email_verified: !id.startsWith("unverified-") }),
  }),
});
provider.listen(Number(PORT), "127.0.0.1", () => console.log("ready"));
