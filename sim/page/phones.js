// A phone: the app in a frame of a real phone's size, scaled to the room it has.
const WIDTH = 390;
const HEIGHT = 844;

export function frame(iframe, port) {
  const address = `http://127.0.0.1:${port}/`;
  if (iframe.getAttribute("src") === address) return;
  iframe.src = address;
  new ResizeObserver(([{ contentRect }]) => {
    const scale = contentRect.width / WIDTH;
    iframe.style.transform = `scale(${scale})`;
    iframe.parentElement.style.height = `${HEIGHT * scale}px`;
  }).observe(iframe.parentElement);
}
