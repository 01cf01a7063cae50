// What the address says behind its #: a link that was opened, a door to show, a page. Nothing in an address opens a door.

const LINK = /^#(sign-in|guest|ask)=(.+)$/;
const DOOR = /^#door=([A-Za-z0-9_-]{1,40})$/;

// {link?: {kind, secret}, door?: its id, page?}
export function read(hash) {
  const [, kind, secret] = LINK.exec(hash) ?? [];
  if (kind) return { link: { kind, secret: decoded(secret) } };
  const [, door] = DOOR.exec(hash) ?? [];
  if (door) return { door, page: "doors" };
  return hash === "#alarms" ? { page: "manage" } : {};
}

// What a messenger has broken is taken as it is: the cloud says that it knows no such link.
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
