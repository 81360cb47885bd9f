// Keeps the page live: applies server-sent events, asks for parts that changed, shows commands in a dialog, draws today's chart.
// Everything here improves a page that works without it.

const root = document.documentElement;
const main = document.querySelector("#main");
const lost = document.querySelector("#lost");
const sheet = document.querySelector("#sheet");
const RETRIES_S = [1, 2, 5, 10, 30];
const LOST_S = 5;
const SILENT_S = 40;
const SAY_EVERY_S = 60;
root.classList.add("js");

const all = (query, within = document) => within.querySelectorAll(query);
const set = (node, text) => { if (node.textContent !== text) node.textContent = text; };

// Live

let source = null, failed = 0, heard = Date.now(), clock = "", saidAt = Date.now(), timer = 0;

function connect() {
  clearTimeout(timer);
  source?.close();
  source = new EventSource(main.dataset.live);
  source.onmessage = (event) => {
    failed = 0;
    heard = Date.now();
    lost.hidden = true;
    root.classList.remove("lost");
    apply(JSON.parse(event.data));
  };
  source.onerror = () => {
    source.close();
    timer = setTimeout(connect, 1000 * RETRIES_S[Math.min(failed++, RETRIES_S.length - 1)]);
  };
}

function watch() {
  const silent = (Date.now() - heard) / 1000;
  if (document.hidden) return;
  if ((failed && silent > LOST_S) || silent > SILENT_S) {
    if (lost.hidden) {
      lost.hidden = false;
      set(lost, `Not connected – showing ${clock || "what was loaded"}`);
      for (const node of all("[data-s]")) if (node.dataset.state === "live") node.dataset.state = "late";
      // A session ends after 30 days; the hub still answers, and asks to sign in.
      fetch(`/part/flow?home=${main.dataset.home}`, { headers: { "x-part": "1" } }).then((answer) => { if (answer.status === 401) location.assign("/sign-in"); }, () => {});
    }
    if (silent > SILENT_S && !failed) { failed = 1; connect(); }
  }
}

function apply(live) {
  clock = live.t.clock;
  for (const node of all("[data-t]")) if (node.dataset.t in live.t) set(node, live.t[node.dataset.t]);
  for (const node of all("[data-s]")) if (node.dataset.s in live.s) node.dataset.state = live.s[node.dataset.s];
  for (const node of all("[data-l]")) node.setAttribute("width", ((live.l[node.dataset.l] ?? 0) * node.dataset.full) / 100);
  for (const edge of all("[data-e]")) {
    const flow = live.e[edge.dataset.e];
    edge.classList.toggle("off", !flow);
    if (!flow) continue;
    set(edge.querySelector("text"), flow[0]);
    edge.querySelector(".line").setAttribute("stroke-width", flow[1]);
  }
  for (const row of all("[data-row]")) {
    const flow = live.e[row.dataset.row];
    row.hidden = !flow;
    if (flow) set(row.lastElementChild, flow[0]);
  }
  for (const node of all("[data-rest]")) node.toggleAttribute("hidden", !live.t.rest);
  say(live.t.sentence);
  run();
  for (const [name, version] of Object.entries(live.p)) renew(name, version);
}

function say(sentence) {
  const said = document.querySelector("#said");
  if (Date.now() - saidAt < 1000 * SAY_EVERY_S || said.dataset.last === sentence) return;
  saidAt = Date.now();
  said.textContent = said.dataset.last = sentence;
}

// Parts

const asking = new Set();

async function renew(name, version, query = location.search) {
  const old = document.querySelector(`[data-part="${name}"]`);
  // A dialog gives the focus back to what opened it, so that stays until it is closed.
  if (!old || old.dataset.version === version || asking.has(name) || (sheet.open && name === "cards")) return;
  asking.add(name);
  try {
    const asked = new URLSearchParams(query);
    asked.set("home", main.dataset.home);
    const response = await fetch(`/part/${name}?${asked}`, { headers: { "x-part": "1" } });
    if (!response.ok) return;
    const made = document.createElement("template");
    made.innerHTML = await response.text();
    const fresh = made.content.firstElementChild;
    for (const each of all("details[open][id]", old)) fresh.querySelector(`#${each.id}`)?.setAttribute("open", "");
    for (const each of all("input:checked[id]", old)) { const same = fresh.querySelector(`#${each.id}`); if (same) same.checked = true; }
    const focused = old.contains(document.activeElement) && document.activeElement;
    old.replaceWith(fresh);
    if (focused?.id) document.getElementById(focused.id)?.focus();
    else if (focused?.getAttribute("href")) fresh.querySelector(`[href="${CSS.escape(focused.getAttribute("href"))}"]`)?.focus();
    if (name === "flow") mark();
    if (name === "today") chart();
    if (name === "done") results(fresh);
  } catch {
    // The next event asks again.
  } finally {
    asking.delete(name);
  }
}

// What became of the command whose result the dialog shows.
function results(part) {
  for (const shown of all("[data-receipt] .result", sheet)) {
    const found = part.querySelector(`[data-receipt="${shown.closest("[data-receipt]").dataset.receipt}"] .result`);
    if (found) set(shown, found.textContent);
  }
}

// Commands

async function show(url, options = {}) {
  try {
    const response = await fetch(url, { ...options, headers: { "x-part": "1" } });
    if (!(response.headers.get("content-type") ?? "").startsWith("text/html")) {
      const problem = await response.json();
      throw new Error(`${problem.detail} ${problem.hint ?? ""}`);
    }
    sheet.innerHTML = await response.text();
  } catch (error) {
    sheet.innerHTML = '<div class="sheet"><h1 id="sheet-title">That did not work</h1><p class="problem" role="alert"></p><div class="row actions"><button data-close>Close</button></div></div>';
    set(sheet.querySelector(".problem"), `${error.message} If you had pressed Send, it may have been sent: see what was commanded.`);
  }
  const done = document.querySelector('[data-part="done"]');
  if (done) results(done); // it may have been read back before the answer was here
  if (!sheet.open) sheet.showModal();
  sheet.scrollTop = 0;
  (sheet.querySelector("[name=operation]:checked") ?? sheet.querySelector("input:not([type=hidden]):enabled, a, button:enabled"))?.focus();
}

document.addEventListener("click", (event) => {
  const closing = event.target.closest("#sheet [data-close]");
  if (closing) { event.preventDefault(); sheet.close(); return; }
  const opening = event.target.closest("a[data-sheet]");
  if (opening) { event.preventDefault(); show(opening.href); return; }
  const fetching = event.target.closest("a[data-fetch]");
  if (fetching) {
    event.preventDefault();
    const target = new URL(fetching.href);
    history.replaceState(null, "", target);
    renew(fetching.dataset.fetch, "", target.search);
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.closest("#sheet") && !form.matches("[data-sheet]")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  if (event.submitter) event.submitter.disabled = true;
  show(form.action, { method: "POST", body }).finally(() => { if (event.submitter) event.submitter.disabled = false; });
});

// Motion: a dot runs along each flow once when new figures arrive, and then rests, which costs next to nothing.

const RUN_S = 3;
let paused = false, moving = 0;
try { paused = localStorage.getItem("paused") === "1"; } catch { /* not kept */ }

function run() {
  if (paused || moving || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  root.classList.add("moving");
  for (const each of all(".edge:not(.off) animateMotion")) each.beginElement();
  moving = setTimeout(rest, 1000 * RUN_S);
}

function rest() {
  clearTimeout(moving);
  moving = 0;
  root.classList.remove("moving");
}

function mark() {
  document.querySelector("#pause")?.setAttribute("aria-pressed", paused);
}

document.addEventListener("click", (event) => {
  if (event.target.id !== "pause") return;
  paused = !paused;
  try { localStorage.setItem("paused", paused ? "1" : ""); } catch { /* not kept */ }
  mark();
  if (paused) rest(); else run();
});
mark();

// Today

let plot = null, drawing = null;

function load() {
  return new Promise((done, fail) => {
    if (window.uPlot) return done();
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: main.dataset.uplotCss });
    const script = Object.assign(document.createElement("script"), { src: main.dataset.uplot, onload: done, onerror: fail });
    document.head.append(style, script);
  });
}

const watts = (value) => value == null ? "–" : (Math.abs(value) < 1000 ? `${Math.round(value)} W` : `${(value / 1000).toFixed(1)} kW`).replace("-", "−");
const NAMES = { solar: "Solar", house: "House", battery: "Battery", grid: "Grid" };

async function draw(place) {
  await load();
  const day = await (await fetch(place.dataset.url)).json();
  const style = getComputedStyle(root), color = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = Object.keys(day.lines);
  const axis = { stroke: color("muted"), grid: { stroke: color("line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  plot?.destroy();
  place.textContent = "";
  plot = new uPlot({
    width: place.clientWidth, height: 220, legend: { show: false }, cursor: { drag: { x: false }, y: false },
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), day.zone),
    scales: { x: { range: [day.start, day.end] } },
    axes: [
      { ...axis, space: 48, values: (_, ticks) => ticks.map((time) => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: day.zone }).format(time * 1000)) },
      { ...axis, size: 52, values: (_, ticks) => ticks.map((value) => `${value / 1000} kW`.replace("-", "−")) },
    ],
    series: [{}, ...names.map((name) => ({
      label: NAMES[name], stroke: color(name), width: 2, points: { show: false },
      fill: name === "solar" ? `${color(name)}40` : undefined, dash: name === "grid" ? [6, 4] : undefined,
    }))],
    hooks: { setCursor: [(made) => { if (made.cursor.idx != null && made.cursor.left >= 0) tell(day, names, made.cursor.idx); }] },
  }, [day.times, ...names.map((name) => day.lines[name])], place);
  const slider = document.querySelector("#today-at");
  slider.oninput = () => {
    const index = Math.min(Number(slider.value), day.times.length - 1);
    plot.setCursor({ left: plot.valToPos(day.times[index], "x"), top: 10 }, false);
    tell(day, names, index);
  };
  tell(day, names, Math.max(0, day.times.length - 2));
}

function tell(day, names, index) {
  const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: day.zone }).format(day.times[index] * 1000);
  const text = `${time} · ${names.map((name) => `${NAMES[name]} ${watts(day.lines[name][index])}`).join(" · ")}`;
  set(document.querySelector("#today-text"), text);
  const slider = document.querySelector("#today-at");
  slider.setAttribute("aria-valuetext", text);
  slider.value = index;
}

const near = new IntersectionObserver((seen) => {
  for (const each of seen) if (each.isIntersecting) { near.disconnect(); drawing = each.target; draw(each.target).catch(() => {}); }
}, { rootMargin: "200px" });

function chart() {
  const place = document.querySelector("#today-chart");
  near.disconnect();
  if (place) near.observe(place);
}

let resized = 0;
addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(() => { if (plot && drawing?.isConnected) plot.setSize({ width: drawing.clientWidth, height: 220 }); }, 100);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart());

document.addEventListener("visibilitychange", () => {
  if (document.hidden) { clearTimeout(timer); source?.close(); } else { heard = Date.now(); connect(); }
});
setInterval(watch, 1000);
chart();
connect();
