/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all parts of the page use: its data, elements, figures with units, colours of states. A script
 * of our own and not a library of charts: the stacked windows, lanes and flame graphs that are wanted
 * are fewer lines than what would adapt a library to a strict security policy, to the keyboard and to
 * print, and a page that must stay small has no room for one.
 *
 * Names in the data are chosen by the program that was watched: they are only ever set as text.
 */
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
/* Of a comparison it is the later side that the legend is of. */
const report = data.report || data.after.report, page = data.page || data.after.page;
const MISSING = "not measured";
const NS = 1e9;

/* An element with properties, attributes (aria-, role, data-) and children; strings become text. */
function el(tag, given, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(given || {})) {
		if (name === "class")
			element.className = value;
		else if (name in element)
			element[name] = value;
		else
			element.setAttribute(name, value);
	}
	element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
	return element;
}

/* Three significant digits, as in the text of a report. */
function digits(value) {
	const size = Math.abs(value);
	return size >= 100 || size === 0 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function scaled(value, units) {
	let i = 0;
	while (i + 1 < units.length && Math.abs(value) >= units[i + 1][0])
		i++;
	return digits(value / units[i][0]) + " " + units[i][1];
}

const known = (value, format) => value === null || value === undefined ? MISSING : format(value);
const time = (ns) => known(ns, (v) => v === 0 ? "0 s" :
	scaled(v, [[1, "ns"], [1e3, "us"], [1e6, "ms"], [1e9, "s"], [6e10, "min"], [3.6e12, "h"]]));
const bytes = (value) => known(value, (v) => scaled(v, [[1, "B"], [1024, "KiB"], [1048576, "MiB"], [1073741824, "GiB"]]));
const share = (value) => known(value, (v) => digits(100 * v) + " %");
const count = (value) => known(value, (v) => v.toLocaleString("en"));
const plain = (value) => known(value, (v) => String(Number(v.toPrecision(3))));
const text = (value) => value === null || value === undefined || value === "" ? "-" : String(value);

/* ---- the ledger -------------------------------------------------------------------------------- */
const states = page.states;
const stateOf = Object.fromEntries(states.map((state, i) => [state.name, i]));

/* A LEDGER of the contract as time by the name of the state. */
function flat(ledger) {
	return { unobserved: ledger.unobserved_ns, on_cpu: ledger.on_cpu_ns, wakeup: ledger.runnable_ns.wakeup,
		preempted: ledger.runnable_ns.preempted, ...ledger.blocked_ns };
}

/*
 * One look for each state: colours that are told apart with any kind of colour vision, and a pattern,
 * so that no two states differ by colour alone.
 */
const LOOKS = {
	unobserved: ["#ffffff", "cross"], on_cpu: ["#0072b2", ""], wakeup: ["#e69f00", ""], preempted: ["#d55e00", "up"],
	network: ["#009e73", ""], request: ["#dfe3e6", "dots"], disk: ["#007a59", "up"], poll_idle: ["#dfe3e6", ""],
	poll_io: ["#56b4e9", "dots"], ipc: ["#6fc7a8", "down"], lock: ["#cc79a7", ""], gil: ["#8c2d6a", "up"],
	condition: ["#c3c9ce", "up"], sleep: ["#c3c9ce", "level"], child: ["#a6dcc6", "cross"], page_fault: ["#56b4e9", "up"],
	kernel: ["#2b6c8f", "cross"], stopped: ["#8d949a", "cross"], other: ["#f0e442", "down"],
};
const STROKES = { up: [[0, 6, 6, 0]], down: [[0, 0, 6, 6]], level: [[0, 3, 6, 3]], cross: [[0, 6, 6, 0], [0, 0, 6, 6]] };
const fills = new Map();

/* What a canvas is filled with for this state. */
function fillOf(name) {
	if (fills.has(name))
		return fills.get(name);
	const [colour, pattern] = LOOKS[name] || ["#f0e442", "cross"];
	const tile = el("canvas", { width: 6, height: 6 });
	const pen = tile.getContext("2d");
	pen.fillStyle = colour;
	pen.fillRect(0, 0, 6, 6);
	pen.strokeStyle = pen.fillStyle = name === "gil" || name === "kernel" || name === "disk" ? "rgba(255,255,255,.65)" : "rgba(0,0,0,.5)";
	for (const [x, y, toX, toY] of STROKES[pattern] || []) {
		pen.beginPath();
		pen.moveTo(x, y);
		pen.lineTo(toX, toY);
		pen.stroke();
	}
	if (pattern === "dots")
		pen.fillRect(2, 2, 2, 2);
	fills.set(name, pattern ? pen.createPattern(tile, "repeat") : colour);
	return fills.get(name);
}

function swatch(name) {
	const canvas = el("canvas", { width: 20, height: 14, "aria-hidden": "true" });
	const pen = canvas.getContext("2d");
	pen.fillStyle = fillOf(name);
	pen.fillRect(0, 0, 20, 14);
	return canvas;
}

/* A canvas of as many pixels as it has on the screen; returns its pen in CSS pixels. */
function penOf(canvas) {
	const box = canvas.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
	canvas.width = Math.max(1, Math.round(box.width * ratio));
	canvas.height = Math.max(1, Math.round(box.height * ratio));
	const pen = canvas.getContext("2d");
	pen.scale(ratio, ratio);
	return [pen, box.width, box.height];
}

/* ---- parts of the page --------------------------------------------------------------------------- */
function section(id, title, ...children) {
	document.getElementById("contents").append(el("a", { href: "#" + id }, title));
	const part = el("section", { id }, el("h2", { id: id + "-title" }, title), ...children);
	document.getElementById("main").append(part);
	return part;
}

/*
 * A table that its heads sort. columns: [title, "number", "word", "mono" or "text"]; a cell is text, an element, or
 * { sort, show } of a figure.
 */
function table(caption, columns, rows) {
	const body = el("tbody");
	const shown = (cell) => cell !== null && typeof cell === "object" && "show" in cell ? cell.show : cell;
	const put = (list) => body.replaceChildren(...list.map((row) => el("tr", {}, ...row.map((cell, i) =>
		el("td", { class: columns[i][1] || "text" }, shown(cell))))));
	const heads = columns.map(([title, kind], i) => {
		const head = el("th", { scope: "col", class: kind === "number" ? kind : "text" });
		head.append(el("button", { type: "button", onclick: () => {
			const up = head.getAttribute("aria-sort") === "descending";
			heads.forEach((other) => other.removeAttribute("aria-sort"));
			head.setAttribute("aria-sort", up ? "ascending" : "descending");
			const key = (row) => row[i] !== null && typeof row[i] === "object" ? row[i].sort ?? row[i].textContent ?? -1 : row[i];
			put([...rows].sort((a, b) => (up ? 1 : -1) * (typeof key(a) === "number" ? key(a) - key(b) :
				String(key(a)).localeCompare(String(key(b))))));
		} }, title));
		return head;
	});
	put(rows);
	return el("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": caption },
		el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {}, ...heads)), body));
}

const figure = (value, format) => ({ sort: value ?? -1, show: format(value) });

/* What is about one thing, over the page; Escape closes it. */
function show(title, ...children) {
	const dialog = el("dialog", { "aria-label": title }, el("h2", {}, title), ...children,
		el("p", {}, el("button", { type: "button", onclick: () => dialog.close() }, "Close")));
	dialog.addEventListener("close", () => dialog.remove());
	document.body.append(dialog);
	dialog.showModal();
}

function ledgerTable(caption, ledger) {
	const parts = Object.entries(flat(ledger)).filter(([, ns]) => ns).sort((a, b) => b[1] - a[1]);
	return table(caption, [["state"], ["time", "number"], ["share", "number"], ["meaning"]],
		parts.map(([name, ns]) => [el("span", {}, swatch(name), " " + name), figure(ns, time),
			figure(ns / ledger.wall_ns, share), states[stateOf[name]].meaning]));
}

function stackList(frames) {
	return frames && frames.length ? el("ol", { class: "mono" }, ...frames.map((frame) => el("li", {}, frame))) :
		el("p", {}, "No stack was seen.");
}
