// Passkeys: the browser's own dialogue, and its bytes as the cloud's JSON. What it proves is judged by the cloud.
import { ask } from "./api.js";

export const possible = () => Boolean(globalThis.PublicKeyCredential && navigator.credentials && isSecureContext);

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

function toText(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const described = (list = []) => list.map((one) => ({ ...one, id: toBytes(one.id) }));

// What of a credential the cloud reads, as WebAuthn's own JSON form.
function asJson({ id, rawId, type, response, authenticatorAttachment }) {
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const told = Object.fromEntries(names.filter((name) => response[name]).map((name) => [name, toText(response[name])]));
  return { id, rawId: toText(rawId), type, authenticatorAttachment, clientExtensionResults: {}, response: told };
}

// Null when she has put the browser's dialogue away.
async function dialogue(what) {
  try {
    return await what();
  } catch (error) {
    if (["NotAllowedError", "AbortError", "InvalidStateError"].includes(error.name)) return null;
    throw error;
  }
}

// true when signed in, false when she did not want to.
export async function signInWithPasskey() {
  const { ticket, options } = await ask("POST", "sign-in/passkey/begin", {});
  const asked = options.publicKey ?? options;
  const publicKey = {
    ...asked,
    challenge: toBytes(asked.challenge),
    allowCredentials: described(asked.allowCredentials),
  };
  const found = await dialogue(() => navigator.credentials.get({ publicKey }));
  if (!found) return false;
  await ask("POST", "sign-in/passkey", { ticket, credential: asJson(found) });
  return true;
}

// The new passkey as the cloud lists it, or null when she did not want to.
export async function addPasskey(name) {
  const { ticket, options } = await ask("POST", "me/passkeys/begin", {});
  const asked = options.publicKey ?? options;
  const publicKey = {
    ...asked,
    challenge: toBytes(asked.challenge),
    user: { ...asked.user, id: toBytes(asked.user.id) },
    excludeCredentials: described(asked.excludeCredentials),
  };
  const made = await dialogue(() => navigator.credentials.create({ publicKey }));
  return made && ask("POST", "me/passkeys", { ticket, credential: asJson(made), name });
}
