// The sentences about releases and how one is sent out, for maintainers.
import { learn } from "../texts.js";

await learn({
  en: () => import("../texts/maintain/en.js"),
  es: () => import("../texts/maintain/es.js"),
  ca: () => import("../texts/maintain/ca.js"),
});
