// A short tone for new alerts, for whoever wants it; off until a person says so, since browsers need that anyway.
const KEY = "gapwatch.sound";
let context = null;

export function soundButton(button) {
  const say = () => {
    const on = localStorage.getItem(KEY) === "on";
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Sound is on" : "Sound is off";
  };
  button.addEventListener("click", () => {
    localStorage.setItem(KEY, localStorage.getItem(KEY) === "on" ? "off" : "on");
    say();
    beep();
  });
  say();
}

export function beep() {
  if (localStorage.getItem(KEY) !== "on") return;
  context ??= new AudioContext();
  if (context.state === "suspended") return void context.resume(); // until somebody clicks on the page
  const tone = context.createOscillator(), volume = context.createGain();
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.15, context.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.4);
  tone.connect(volume).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + 0.4);
}
