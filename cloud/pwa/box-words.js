// Why a door box had no connection, what it has used, how strong its signal is: from the cloud's words and numbers to keys
// of the catalogues and figures as they are written. Pure. A word of a later version is told as not known.

const REASONS = [
  "lost",
  "silent",
  "server",
  "refused",
  "time",
  "name",
  "modem",
  "sim_missing",
  "sim_busy",
  "pin_missing",
  "pin_wrong",
  "puk",
  "searching",
  "denied",
  "apn",
  "auth",
  "ppp",
  "wifi_missing",
  "wifi_password",
  "wifi",
];
const FAILED_TESTS = ["silent", "away", "broker", "fault", "busy", "updating", "declined"];
const UPDATE_FAILURES = [
  "signature",
  "malformed",
  "product",
  "board",
  "old",
  "abi",
  "precursor",
  "space",
  "budget",
  "failed_twice",
  "content",
  "flash",
  "gone",
  "busy",
  "memory",
  "deadline",
  "crashed",
  "damaged",
  "relay",
  "no_cloud",
  "keys",
  "silent",
  "slow",
  "opens",
  "revoked",
  "reverted",
  "refused",
];
const CAUSES = ["keepalive", "opens", "journal", "update", "handshakes"];
const KB = 1000; // as mobile contracts count
const MB = KB * KB;

const reason = (why) => (REASONS.includes(why) ? why : "ok");

// Why there was no connection, and what to do about it.
export const whyWords = (why, say) => say(`net_${reason(why)}`);
export const whatToDo = (why, say) => say(`net_${reason(why)}_do`);

export const testWords = (why, say) =>
  FAILED_TESTS.includes(why) ? say(`test_because_${why}`) : say("test_because_silent");

// Why an update did not go well.
export const becauseWords = (why, say) => say(`update_because_${UPDATE_FAILURES.includes(why) ? why : "other"}`);

export const causeWords = (cause, say) => say(`box_cause_${CAUSES.includes(cause) ? cause : "other"}`);

// 812 B, 41 kB, 4.2 MB: as many digits as one remembers.
export function bytes(count, language) {
  const [value, unit] = count < KB ? [count, "B"] : count < MB ? [count / KB, "kB"] : [count / MB, "MB"];
  const digits = unit === "B" || value >= 10 ? 0 : 1;
  return `${value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`;
}

export const dBm = (level) => (level ? `${level} dBm`.replace("-", "−") : null);

export const percent = (share, language) =>
  new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }).format(share);

// What stands beside the name of a box: the doors it drives, or its number.
export function boxName({ unit, doors }, known, say) {
  const names = doors.map((id) => known.find((door) => door.id === id)?.name).filter(Boolean);
  return names.join(", ") || say("box_unnamed", { unit });
}
