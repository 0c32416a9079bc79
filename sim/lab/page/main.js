// The page: joins the lab to what one sees and presses.

import { Answer } from "./answer.js";
import { Curve } from "./curve.js";
import { Digits } from "./digits.js";
import { Engine } from "./engine.js";
import { Fields } from "./fields.js";
import { Lab } from "./lab.js";
import { Pad } from "./pad.js";
import { raster } from "./raster.js";
import { Recent, WINDOW } from "./recent.js";
import { hasSerial, openSerial } from "./serial.js";
import { openSocket, token } from "./socket.js";
import { Left } from "./stream.js";
import { Teacher } from "./teacher.js";

const CARRIERS = {
  page: (name, signal) => Engine.load(`${fileOf(name)}.wasm`, signal),
  serial: openSerial,
  virtual: openSocket,
};
// Of an engine or a virtual board: docs/using/lab.md.
const COMPILATION = "which takes a minute or two on two cores, the first time";
const $ = (id) => document.getElementById(id);
const percent = (share) => `${(100 * share).toFixed(1)} %`;

const common = await load("lab.json");
const lab = new Lab(common, await Digits.load("digits.bin", common.training));
const answer = new Answer(document, (label) => act(() => correct(label)));
const fields = new Fields(document);
const curve = new Curve($("curve"));
const recent = new Recent();
const pad = new Pad($("pad"), () => act(() => drawn(raster(pad.strokes))));
const teacher = new Teacher(lab, told, showWeights);
let chosen = new AbortController(); // ends what another engine is still asked for
let pixels = new Uint8Array(64), looking = false, stale = false;

async function load(url) {
  const found = await fetch(url);
  if (!found.ok) throw new Error(`${url}: ${await found.text()}`);
  return found.json();
}

/** Name of a design's files, without what follows the point. */
function fileOf(name) {
  return `design-${encodeURIComponent(name)}`;
}

function say(text, wrong = false) {
  $("status").textContent = text;
  $("status").classList.toggle("wrong", wrong);
}

/** Counts the seconds beside the status until the function that it returns is called. */
function countSeconds() {
  const begun = performance.now();
  const timer = setInterval(() => {
    $("waited").textContent = `${Math.round((performance.now() - begun) / 1000)} s`;
  }, 1000);
  return () => {
    clearInterval(timer);
    $("waited").textContent = "";
  };
}

/** Does what a button asks for; says what went wrong. */
async function act(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Left)) say(error.message, true);
  }
}

function enable(on) {
  for (const button of document.querySelectorAll("button:not(.class)")) button.disabled = !on;
}

// ---- the engine ----------------------------------------------------------------------------------

async function open() {
  chosen.abort();
  const { signal } = chosen = new AbortController();
  teacher.pause();
  enable(false);
  const stop = countSeconds();
  signal.addEventListener("abort", stop);
  try {
    await take($("rule").value, $("device").value, signal);
  } catch (error) {
    if (signal.aborted) return; // the next one is asked for already
    $("reset").disabled = false; // asks once more
    await lab.do(() => lab.close());
    throw error;
  } finally {
    if (!signal.aborted) stop();
  }
}

/** Lets go of the engine, and takes that of a rule on a device; an error where it was left. */
async function take(rule, device, signal) {
  // A board that another visit has begun to compile is waited for without a word of the server.
  const work = device === "virtual" ? "Starting the virtual board" : "Loading the engine";
  const compiled = device !== "serial" && token;
  say(`${work} of ${rule}${compiled ? `. If it is not compiled yet, it is now, ${COMPILATION}` : ""} …`);
  await lab.do(() => lab.close());
  answer.show(pixels, null);
  forgetFigures();
  signal.throwIfAborted();
  const design = await load(`${fileOf(rule)}.json`);
  signal.throwIfAborted();
  const carrier = await CARRIERS[device](rule, signal, () => say(
    `Compiling the virtual board of ${rule} with Verilator, ${COMPILATION} …`));
  if (signal.aborted) await carrier.close();
  signal.throwIfAborted();
  signal.addEventListener("abort", () => carrier.leave?.());
  await lab.do(() => lab.open(design, carrier, (share) => {
    if (!signal.aborted) say(`${rule}: sending samples: ${Math.round(100 * share)} % …`);
  }));
  signal.throwIfAborted();
  showDesign(design);
  await showFresh();
  signal.throwIfAborted();
  say(`${rule}: ${design.sizes.join("-")} neurons on ${design.lanes} lanes, by ${carrier.name}.`);
  enable(true);
}

function showDesign(design) {
  answer.begin(design.sizes, design.results);
  fields.begin(design);
  $("megahertz").textContent = design.chipHertz / 1e6;
  $("lanes").replaceChildren(...Array.from({ length: design.lanes }, (_, lane) => {
    const button = document.createElement("button");
    button.textContent = `Zero lane ${lane}`;
    button.addEventListener("click", () => act(() => zero(lane)));
    return button;
  }));
}

function forgetFigures() {
  curve.clear();
  recent.clear();
  $("window").textContent = WINDOW;
  for (const id of ["accuracy", "right", "cycles", "speed", "chip"]) $(id).textContent = "–";
  $("epoch").textContent = "Run an epoch";
  count();
}

/** Shows a network that has learned nothing. */
async function showFresh() {
  forgetFigures();
  await showWeights();
  await drawn(pixels);
}

/** Begins anew; where there is no engine, asks for it once more. */
async function begin() {
  if (!lab.board) return open();
  teacher.pause();
  await lab.do(() => lab.begin());
  await showFresh();
}

// ---- a drawing -----------------------------------------------------------------------------------

/** Shows what the engine makes of the newest pixels; those that came meanwhile are passed over. */
async function drawn(now) {
  pixels = now;
  stale = true;
  if (looking) return;
  looking = true;
  try {
    while (stale) {
      stale = false;
      const seen = pixels;
      const blank = seen.every((pixel) => !pixel);
      const found = blank || !lab.board ? null : await lab.do(() => lab.look(seen));
      answer.show(seen, found);
    }
  } finally {
    looking = false;
  }
}

async function correct(label) {
  await lab.do(() => lab.teach(pixels, label));
  count();
  await drawn(pixels);
  await showWeights();
}

function clear() {
  pad.clear();
  $("truth").textContent = "Mouse, pen or finger.";
  return drawn(new Uint8Array(64));
}

function any() {
  const [found, label] = lab.digits.any();
  pad.clear();
  $("truth").textContent = `Someone wrote a ${label}; below, as the engine sees it.`;
  return drawn(found);
}

// ---- the data set --------------------------------------------------------------------------------

function count() {
  $("learned").textContent = lab.learned;
  $("progress").value = lab.done / lab.digits.training;
}

function told({ samples, right, cycles, milliseconds }) {
  count();
  recent.add({ samples, right });
  $("right").textContent = percent(recent.share);
  $("window").textContent = recent.samples;
  $("cycles").textContent = Math.round(cycles / samples);
  $("speed").textContent = Math.round((1000 * samples) / milliseconds);
  $("chip").textContent = `${Math.round((lab.design.chipHertz * samples) / cycles).toLocaleString("en")} / s`;
  if (recent.samples >= WINDOW) curve.add("learning", lab.learned, recent.share);
  if (!looking) act(() => drawn(pixels));
}

async function measure() {
  const share = await lab.do(() => lab.measure());
  $("accuracy").textContent = percent(share);
  curve.add("test", lab.learned, share);
}

/** Learns one sample, and shows it in the place of a drawing. */
async function step() {
  const { pixels: found, label, prediction } = await teacher.step();
  pad.clear();
  $("truth").textContent = `It has learned a ${label}, for which it said ${prediction}${
    prediction === label ? "" : ": wrong"}. Below, the digit and what it says now.`;
  await drawn(found);
}

async function epoch() {
  if (teacher.running) return teacher.pause();
  $("epoch").textContent = "Pause";
  try {
    if (await teacher.epoch()) await measure();
  } finally {
    $("epoch").textContent = lab.done ? "Go on" : "Run an epoch";
  }
}

async function showWeights() {
  if (lab.board) fields.show(await lab.do(() => lab.weights()));
}

async function zero(lane) {
  await lab.do(() => lab.zeroLane(lane));
  await showWeights();
  await drawn(pixels);
  await measure();
}

// ---- buttons -------------------------------------------------------------------------------------

$("rule").replaceChildren(...common.designs.map((name) => new Option(name, name)));
for (const [id, work] of Object.entries({
  clear, any, epoch, measure, reset: begin, step,
})) $(id).addEventListener("click", () => act(work));
if (hasSerial) $("device").append(new Option("a board on a serial port …", "serial"));
if (token) $("device").append(new Option("the virtual board", "virtual"));
for (const id of ["rule", "device"]) $(id).addEventListener("change", () => act(open));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => pad.draw());

window.lab = lab; // for a browser's console
await act(open);
