// A contact that an admin has typed, as something to tap. Pure.

// Only these schemes become a link, whatever an admin has typed.
export function contactLink(contact) {
  if (/^(tel|mailto|https):/.test(contact)) return contact;
  if (/^[+\d][\d\s().-]{2,}$/.test(contact)) return `tel:${contact.replace(/[^+\d]/g, "")}`;
  return /^[^\s@:/?]+@[^\s@:/?]+$/.test(contact) ? `mailto:${contact}` : null;
}
