// The sentences about door boxes: their page, and their lines in the log.
import { learn } from "./texts.js";
import ca from "./texts/boxes/ca.js";
import en from "./texts/boxes/en.js";
import es from "./texts/boxes/es.js";

learn({ en, es, ca });
