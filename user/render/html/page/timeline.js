/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time range that is shown, the chart of the target by state, and a lane for each thread. */
const lengthNs = report.capture.duration_ns;
const startMs = Date.parse(report.capture.start);
/* What the charts show; process: position in page.processes.lanes, -1 all. */
const range = { from: 0, to: lengthNs, listeners: [], workOnly: false, process: -1 };
const SMALLEST_NS = 1e6;
const WORK = ["CPU", "READY", "IO", "WAIT"];

/* Of a moment RFC 3339 gives: ns after the start. */
const sinceStart = (moment) => (Date.parse(moment) - startMs) * 1e6;
const clock = (ns) => new Date(startMs + ns / 1e6).toISOString().replace("T", " ").replace("Z", " UTC");
const seconds = (ns) => String(Number((ns / NS).toFixed(6)));

/* As the options --from and --to take it, or a number of seconds, or a moment. */
function readMoment(word) {
	const value = decodeURIComponent(word || "");
	const number = value.match(/^[+]?([0-9.]+)s?$/);
	const ns = number ? Number(number[1]) * NS : sinceStart(value);
	return Number.isFinite(ns) ? ns : null;
}

function setRange(from, to, keepLink) {
	from = Math.max(0, Math.min(from, lengthNs));
	to = Math.max(0, Math.min(to, lengthNs));
	if (to - from < SMALLEST_NS)
		[from, to] = [0, lengthNs];
	Object.assign(range, { from, to });
	if (!keepLink) {
		const whole = from === 0 && to === lengthNs;
		history.replaceState(null, "", whole ? location.pathname + location.search :
			`#from=+${seconds(from)}s&to=+${seconds(to)}s`);
	}
	range.listeners.forEach((listener) => listener());
}

function rangeFromLink() {
	const parts = Object.fromEntries(location.hash.slice(1).split("&").map((part) => part.split("=")));
	const from = readMoment(parts.from), to = readMoment(parts.to);
	if (parts.from !== undefined || parts.to !== undefined)
		setRange(from ?? 0, to ?? lengthNs, true);
}

/* Around a moment, 0..1 of what is shown. */
function zoom(factor, at) {
	const length = (range.to - range.from) * factor, middle = range.from + at * (range.to - range.from);
	const from = Math.max(0, Math.min(middle - at * length, lengthNs - length));
	setRange(from, Math.min(lengthNs, from + length));
}

function pan(part) {
	const length = range.to - range.from;
	const from = Math.max(0, Math.min(range.from + part * length, lengthNs - length));
	setRange(from, from + length);
}

function processName(pid) {
	const process = report.processes.find((row) => row.pid === pid);
	return process ? `${process.comm}[${pid}]` : `process ${pid}`;
}

/* ---- drawing ------------------------------------------------------------------------------------- */
/* To whole pixels of the screen: no seams between neighbours. */
const snap = (x) => Math.round(x * window.devicePixelRatio) / window.devicePixelRatio;

/* The windows of the range as [position, x, width]. */
function visible(view, rows, width) {
	const scale = width / (view.to - view.from), list = [];
	rows.starts_ns.forEach((start, i) => {
		const end = start + rows.durations_ns[i];
		if (end > view.from && start < view.to)
			list.push([i, snap((start - view.from) * scale), Math.max(1, snap((end - view.from) * scale) - snap((start - view.from) * scale))]);
	});
	return list;
}

/* The states of each window one on the other; whole(i): what fills the height. */
function drawStack(canvas, view, rows, columns, whole) {
	const [pen, width, height] = penOf(canvas);
	const names = states.map((state) => state.name).filter((name) => columns[name]);
	pen.fillStyle = "#fff";
	pen.fillRect(0, 0, width, height);
	for (const [i, x, wide] of visible(view, rows, width)) {
		let y = height;
		const all = whole(i);
		for (const name of names) {
			const high = all ? height * columns[name][i] / all : 0;
			if (!high)
				continue;
			pen.fillStyle = fillOf(name);
			const top = snap(y - high);
			pen.fillRect(x, top, wide, snap(y) - top);
			y -= high;
		}
	}
}

const CLASS_COLOURS = { insufficient: "#e4e7ea", hung: "#5b0010", idle: "#f3f5f7", "loop-blocked": "#8c2d6a",
	"cpu-starved": "#a63c00", "lock-bound": "#7a2f63", "cpu-bound": "#00507e", "io-bound": "#00634a", mixed: "#4c545c" };
const LIGHT_CLASSES = ["insufficient", "idle"];

/* Neighbouring windows of one class, as [class, from, to] in ns after the start. */
function spans(timeline, originMs) {
	const list = [];
	for (const row of timeline) {
		const from = (Date.parse(row.start) - originMs) * 1e6, to = from + row.duration_ns, last = list[list.length - 1];
		if (last && last[0] === row.class)
			last[2] = to;
		else
			list.push([row.class, from, to]);
	}
	return list;
}

/* The classes as strips with their names; elements, not a canvas, so that print is sharp, too. */
function putClasses(box, strips, view) {
	const length = view.to - view.from;
	box.replaceChildren(...strips.filter(([, from, to]) => to > view.from && from < view.to).map(([name, from, to]) => {
		const low = Math.max(0, (from - view.from) / length), high = Math.min(1, (to - view.from) / length);
		const strip = el("span", { title: `${name}, ${time(from)} to ${time(to)}` }, high - low > 0.04 ? name : "");
		strip.style.left = 100 * low + "%";
		strip.style.width = 100 * (high - low) + "%";
		strip.style.background = CLASS_COLOURS[name] || "#4c545c";
		strip.style.color = LIGHT_CLASSES.includes(name) ? "#16191d" : "#fff";
		return strip;
	}));
}

/* Round distances between the marks of the axis. */
function putAxis(box, view) {
	const length = view.to - view.from, wanted = length / Math.max(2, box.clientWidth / 110);
	const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * 1e6).concat(
		[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200].map((n) => n * NS));
	const step = steps.find((n) => n >= wanted) || 86400 * NS, marks = [];
	for (let at = Math.ceil(view.from / step) * step; at <= view.to - length / 30; at += step) {
		const mark = el("span", {}, axisTime(at, step));
		mark.style.left = 100 * (at - view.from) / length + "%";
		marks.push(mark);
	}
	box.replaceChildren(...marks);
}

/* A moment as exact as the step: 2 s, 2.5 s, 1:30 min. */
function axisTime(ns, step) {
	const s = ns / NS, pad = (n) => String(n).padStart(2, "0");
	if (ns < 60 * NS || step < NS)
		return Number(s.toFixed(3)) + " s";
	if (ns < 3600 * NS)
		return `${Math.floor(s / 60)}:${pad(Math.round(s % 60))} min`;
	return `${Math.floor(s / 3600)}:${pad(Math.floor(s / 60) % 60)} h`;
}

/* The states that are shown: all, or those of work. */
function wanted(columns) {
	return range.workOnly ? Object.fromEntries(Object.entries(columns).filter(([name]) => WORK.includes(states[stateOf[name]].group))) : columns;
}

/* The chart of all or of one process: its rows, its states and what is 100 %. */
function chartData() {
	const rows = range.process < 0 ? page.target : page.processes;
	const all = range.process < 0 ? rows.states : rows.lanes[range.process].states, columns = wanted(all);
	const highest = range.workOnly ? rows.starts_ns.reduce((most, _, i) => Math.max(most, sumAt(columns, i) / (sumAt(all, i) || 1)), 0) : 1;
	return { rows, columns, highest, whole: (i) => highest * sumAt(all, i) };
}

/* ---- the chart ------------------------------------------------------------------------------------- */
const sumAt = (columns, i) => Object.values(columns).reduce((sum, list) => sum + list[i], 0);

/* What a window of the target is made of, in words. */
function windowWords(i) {
	const rows = page.target, all = sumAt(rows.states, i), start = rows.starts_ns[i];
	const parts = Object.entries(rows.states).map(([name, list]) => [name, list[i]]).filter(([, ns]) => ns)
		.sort((a, b) => b[1] - a[1]).map(([name, ns]) => `${share(ns / all)} ${name} (${time(ns)})`);
	const judged = report.timeline.find((row) => sinceStart(row.start) + row.duration_ns > start + 1e6);
	const cause = judged && judged.cause;
	return `${time(start)} to ${time(start + rows.durations_ns[i])} (${clock(start)}): ` +
		(judged ? `${judged.class}${cause ? `, ${share(cause.share)} ${cause.kind} ${cause.where || ""}` : ""}, ` +
			`${plain(judged.cores)} cores. ` : "") + `${time(all)} of thread time: ${parts.join(", ")}.`;
}

function legend(ledger) {
	return el("ul", { class: "legend", "aria-label": "States" }, ...Object.entries(flat(ledger)).filter(([, ns]) => ns)
		.sort((a, b) => b[1] - a[1]).map(([name, ns]) => el("li", { title: states[stateOf[name]].meaning },
			swatch(name), `${name} ${share(ns / ledger.wall_ns)}`)));
}

function rangeTools() {
	const from = el("input", { class: "number", type: "number", min: 0, step: "any" });
	const to = el("input", { class: "number", type: "number", min: 0, step: "any" });
	const words = el("span", { class: "dim", id: "range-words", role: "status" });
	const take = () => setRange(Number(from.value) * NS, Number(to.value) * NS);
	from.addEventListener("change", take);
	to.addEventListener("change", take);
	range.listeners.push(() => {
		from.value = seconds(range.from);
		to.value = seconds(range.to);
		words.textContent = range.from === 0 && range.to === lengthNs ? `the whole, ${time(lengthNs)}` :
			`${time(range.to - range.from)} of ${time(lengthNs)}; this address leads to it; the figures: ` +
			`boundby report FILE${range.from ? ` --from +${seconds(range.from)}s` : ""}${range.to < lengthNs ? ` --to +${seconds(range.to)}s` : ""}`;
	});
	const redraw = () => range.listeners.forEach((listener) => listener());
	const work = el("input", { type: "checkbox", onchange: () => { range.workOnly = work.checked; redraw(); } });
	const process = el("select", { onchange: () => { range.process = Number(process.value); redraw(); } }, el("option", { value: "-1" }, "all"),
		...page.processes.lanes.map((lane, i) => el("option", { value: String(i) }, processName(lane.pid))));
	const button = (title, act) => el("button", { type: "button", onclick: act }, title);
	return el("div", { class: "tools" }, el("label", {}, "from ", from, " s"), el("label", {}, "to ", to, " s"),
		button("Zoom in", () => zoom(0.5, 0.5)), button("Zoom out", () => zoom(2, 0.5)),
		button("Earlier", () => pan(-0.25)), button("Later", () => pan(0.25)), button("Whole", () => setRange(0, lengthNs)),
		el("label", {}, work, " work only"), page.processes.lanes.length > 1 ? el("label", {}, "process ", process) : "", words);
}

/* Stalls and incidents above the chart; the table of stalls is how the keyboard comes to them. */
function marks(stalls, open) {
	const line = el("div", { class: "marks" });
	range.listeners.push(() => line.replaceChildren(...stalls.map((stall) => {
		const at = (sinceStart(stall.start) - range.from) / (range.to - range.from);
		if (at < 0 || at > 1)
			return "";
		const button = el("button", { type: "button", tabIndex: -1, title: `stall of ${time(stall.duration_ns)}, ${stall.cause}`,
			"aria-label": `stall of ${time(stall.duration_ns)}`, onclick: () => open(stall) }, "\u25bc");
		button.style.left = 100 * at + "%";
		return button;
	}).filter(Boolean)));
	return line;
}

/* Dragging chooses a range, a click a window; keys do both. */
function steer(plot, chart, readout) {
	const cursor = el("div", { class: "cursor", hidden: true });
	const box = el("div", { class: "drag", hidden: true });
	let at = -1, begin = null;
	plot.append(cursor, box);
	const partOf = (event) => {
		const bounds = chart.getBoundingClientRect();
		return Math.max(0, Math.min(1, (event.clientX - bounds.left) / bounds.width));
	};
	const choose = (i) => {
		const rows = page.target;
		at = Math.max(0, Math.min(i, rows.starts_ns.length - 1));
		const middle = rows.starts_ns[at] + rows.durations_ns[at] / 2;
		if (middle < range.from || middle > range.to)
			setRange(middle - (range.to - range.from) / 2, middle + (range.to - range.from) / 2);
		cursor.hidden = false;
		cursor.style.left = 100 * (middle - range.from) / (range.to - range.from) + "%";
		readout.textContent = windowWords(at);
	};
	const windowAt = (part) => {
		const ns = range.from + part * (range.to - range.from), starts = page.target.starts_ns;
		let i = starts.length - 1;
		while (i > 0 && starts[i] > ns)
			i--;
		return i;
	};
	range.listeners.push(() => { cursor.hidden = true; });
	plot.addEventListener("pointerdown", (event) => {
		if (event.button || event.target.closest(".marks"))
			return;
		begin = partOf(event);
		plot.setPointerCapture(event.pointerId);
	});
	plot.addEventListener("pointermove", (event) => {
		if (begin === null)
			return;
		const end = partOf(event);
		box.hidden = Math.abs(end - begin) < 0.005;
		box.style.left = 100 * Math.min(begin, end) + "%";
		box.style.width = 100 * Math.abs(end - begin) + "%";
	});
	plot.addEventListener("pointerup", (event) => {
		if (begin === null)
			return;
		const [low, high] = [begin, partOf(event)].sort((a, b) => a - b), length = range.to - range.from;
		begin = null;
		box.hidden = true;
		if (high - low < 0.005)
			choose(windowAt(low));
		else
			setRange(range.from + low * length, range.from + high * length);
	});
	plot.addEventListener("dblclick", () => setRange(0, lengthNs));
	const keys = { ArrowLeft: () => choose(at < 0 ? windowAt(0.5) : at - 1), ArrowRight: () => choose(at < 0 ? windowAt(0.5) : at + 1),
		Home: () => choose(0), End: () => choose(Infinity), "+": () => zoom(0.5, 0.5), "=": () => zoom(0.5, 0.5),
		"-": () => zoom(2, 0.5), PageUp: () => pan(-0.5), PageDown: () => pan(0.5), 0: () => setRange(0, lengthNs), Escape: () => setRange(0, lengthNs) };
	plot.addEventListener("keydown", (event) => {
		if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey)
			return;
		event.preventDefault();
		keys[event.key]();
	});
}

function timelinePart(stalls, open) {
	const classes = el("div", { class: "classes" }), axis = el("div", { class: "axis" });
	const chart = el("canvas", { class: "chart", "aria-hidden": "true" }), strips = spans(report.timeline, startMs);
	const top = el("span");
	const readout = el("p", { class: "readout small", role: "status" }, "Click a window, or use the arrow keys, to read it.");
	const plot = el("div", { class: "plot", tabIndex: 0, role: "application", "aria-roledescription": "chart",
		"aria-label": "Thread time by state. Left and right arrow: read a window; plus, minus: zoom; page up, page down: move; 0: the whole." },
	marks(stalls, open), classes, chart, axis, el("div", { class: "scale" }, top, el("span", {}, "of thread time,", el("br"), "by state"), el("span", {}, "0")));
	range.listeners.push(() => {
		putClasses(classes, strips, range);
		const { rows, columns, highest, whole } = chartData();
		drawStack(chart, range, rows, columns, whole);
		top.textContent = share(highest);
		putAxis(axis, range);
	});
	steer(plot, chart, readout);
	return [rangeTools(), legend(report.time), plot, readout];
}

/* ---- lanes ---------------------------------------------------------------------------------------- */
function lanesPart(openThread) {
	const rows = page.threads, box = el("div", { class: "lanes" });
	const drawn = new Map();
	const work = (lane) => Object.entries(lane.states).reduce((sum, [name, list]) =>
		sum + (WORK.includes(states[stateOf[name]].group) ? list.reduce((a, b) => a + b, 0) : 0), 0);
	const lanes = [...rows.lanes].sort((a, b) => work(b) - work(a));
	const draw = (canvas) => {
		const lane = drawn.get(canvas);
		drawStack(canvas, range, rows, wanted(lane.states), (i) => Math.max(1000, sumAt(lane.states, i)));
	};
	const seen = new IntersectionObserver((entries) => entries.forEach((entry) => {
		entry.target.shown = entry.isIntersecting;
		if (entry.isIntersecting)
			draw(entry.target);
	}), { rootMargin: "1000px" });
	for (const lane of lanes) {
		const canvas = el("canvas", { "aria-hidden": "true" });
		const name = lane.tid === null ? `${lane.comm} (ended)` : `${lane.comm} ${lane.tid}`;
		drawn.set(canvas, lane);
		box.append(el("div", { class: "lane" }, el("button", { type: "button", title: name, onclick: () => openThread(lane) }, name), canvas));
		seen.observe(canvas);
	}
	range.listeners.push(() => drawn.forEach((_, canvas) => canvas.shown && draw(canvas)));
	window.addEventListener("beforeprint", () => drawn.forEach((_, canvas) => draw(canvas)));
	const notes = [];
	if (rows.left_out)
		notes.push(`${count(rows.left_out)} threads that worked less have no lane.`);
	if (rows.merged)
		notes.push(`Windows are merged so that the page stays small: a step is ${time(rows.durations_ns[0])}.`);
	return [el("p", { class: "small dim" }, "One lane for each thread, those that work most first, in the colours of the chart; a name opens the thread. ", ...notes), box];
}
