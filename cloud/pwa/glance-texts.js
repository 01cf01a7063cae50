// The sentences about alarms, figures and the service, for who manages and who runs it.
import { learn } from "./texts.js";

await learn({
  en: () => import("./texts/glance/en.js"),
  es: () => import("./texts/glance/es.js"),
  ca: () => import("./texts/glance/ca.js"),
});
