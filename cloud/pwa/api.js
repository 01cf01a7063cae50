// The HTTP calls of the app; one function per call of the protocol. Each ends in a plain value or throws Unreachable.
// What it means for the screen is decided in session.js.

const CALL_TIMEOUT_MS = 5000; // as long as a press may be on its way; a later answer helps nobody

export class Unreachable extends Error {}

async function call(method, path, body) {
  const options = {
    method,
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(`/api/v1/${path}`, options);
  } catch (error) {
    throw new Unreachable(path, { cause: error });
  }
  if (response.status >= 500) throw new Unreachable(`${path}: ${response.status}`);
  return response;
}

async function json(response) {
  try {
    return await response.json();
  } catch (error) {
    throw new Unreachable("an answer that cannot be read", { cause: error });
  }
}

// true: signed in. false: the link has been used or is over, or never was one.
export async function signIn(secret) {
  const response = await call("POST", "sign-in", { secret });
  if (response.ok) return true;
  const { reason } = await json(response);
  if (reason === "link" || reason === "malformed") return false;
  throw new Unreachable(`sign-in: ${reason}`);
}

export async function signOut() {
  const response = await call("POST", "sign-out", {});
  if (!response.ok && response.status !== 401) throw new Unreachable(`sign-out: ${response.status}`);
}

// The list, or null when not signed in.
export async function sessions() {
  const response = await call("GET", "sessions");
  if (response.status === 401) return null;
  if (!response.ok) throw new Unreachable(`sessions: ${response.status}`);
  return json(response);
}

export async function endSession(id) {
  const response = await call("DELETE", `sessions/${encodeURIComponent(id)}`);
  if (!response.ok && response.status !== 404) throw new Unreachable(`sessions: ${response.status}`);
}

// {now, person}, or null when not signed in.
export async function tick() {
  const response = await call("GET", "tick");
  if (response.status === 401) return null;
  if (!response.ok) throw new Unreachable(`tick: ${response.status}`);
  return json(response);
}

// The body of a reply, or null when not signed in.
export async function press(body) {
  const response = await call("POST", "presses", body);
  if (response.status === 401) return null;
  if (!response.ok) throw new Unreachable(`presses: ${response.status}`);
  return json(response);
}

// What the cloud will not do, with its reason for the program; `current`: the thing as it is now, where somebody else
// has changed it.
export class Refused extends Error {
  constructor({ reason, detail, current }) {
    super(detail ?? reason);
    Object.assign(this, { reason: reason ?? "other", detail, current: current ?? null });
  }
}

// Any other call: what it answered (null for nothing), or throws Refused or Unreachable.
export async function ask(method, path, body) {
  const response = await call(method, path, body);
  if (!response.ok) throw new Refused(await json(response));
  const nothing = response.status === 204 || response.headers.get("Content-Length") === "0";
  return nothing ? null : json(response);
}

export const placePath = (place, ...rest) => ["places", place, ...rest].map(encodeURIComponent).join("/");
