// The page's one socket: what it hears is handed to the scene, the buttons and the rows. Nothing is drawn that was not
// pushed, and nothing is asked for.
import { frame } from "./phones.js";
import { Scene } from "./scene.js";
import { drawActs, showActs } from "./acts.js";
import { showRows, showSteps } from "./rows.js";

const AGAIN_MS = 1000;
const scene = new Scene(document.querySelector(".scene"));
let presses = new Set();

function start({ phones, acts, lan }) {
  for (const [name, port] of Object.entries(phones)) frame(document.getElementById(name), port);
  drawActs(document.getElementById("acts"), acts);
  own(lan);
}

function picture(message) {
  scene.show(message);
  showActs(message.acts);
  showRows(message);
  showSteps(message);
  for (const { id, who } of message.rows) {
    if (!presses.has(id) && presses.size) scene.pressed(who);
    presses.add(id);
  }
  presses.add("first");
}

// A phone of one's own, where the service can be reached by it.
function own(lan) {
  const footer = document.getElementById("own");
  const words = document.createElement("span");
  footer.replaceChildren();
  if (lan) {
    const code = Object.assign(document.createElement("img"), { src: "/qr.svg", alt: "QR code with a link that signs in as Anna, once" });
    footer.append(code);
    words.append("Press on your own phone, in this network: point its camera here. Each code is good once; reload for another.");
  } else {
    const command = Object.assign(document.createElement("code"), { textContent: "make demo LAN=1" });
    words.append("On your own phone: ", command, " prints a code for its camera.");
  }
  footer.append(words);
}

const HEARD = { start, picture, packet: ({ way }) => scene.packet(way) };
let note = null;

function connect() {
  const socket = new WebSocket(`ws://${location.host}/live`);
  socket.onmessage = ({ data }) => {
    note?.remove();
    note = null;
    const message = JSON.parse(data);
    HEARD[message.type]?.(message);
  };
  socket.onclose = () => {
    if (!note) {
      note = Object.assign(document.createElement("p"), { className: "gone", textContent: "The demo has ended. Start it again with: make demo" });
      document.body.append(note);
    }
    setTimeout(connect, AGAIN_MS);
  };
}

connect();
