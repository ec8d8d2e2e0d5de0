/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flame graphs: each frame is a button, the outermost on top, as wide as its time. */
const ROW = 20;
const VIEW_TITLES = { "on-cpu": "on CPU", "off-cpu": "off CPU", stalls: "stalls", locks: "locks", rest: "rest" };

/* The tree of a view from its flat list: text, depth, ns. */
function treeOf(view, texts) {
	const root = { text: "all", ns: view.ns, at: 0, depth: -1, children: [], parent: null };
	const path = [root];
	for (let i = 0; i < view.nodes.length; i += 3) {
		const [name, depth, ns] = view.nodes.slice(i, i + 3);
		const parent = path[depth];
		const node = { text: texts[name], ns, depth, children: [], parent,
			at: parent.children.reduce((sum, child) => sum + child.ns, parent.at) };
		parent.children.push(node);
		path[depth + 1] = node;
	}
	return root;
}

/* A light colour by the name: it helps to see the same function again, and means nothing else. */
function frameColour(name) {
	let hash = 0;
	for (const letter of name)
		hash = (hash * 31 + letter.codePointAt(0)) >>> 0;
	return name.startsWith("[") ? "#dfe3e6" : `hsl(${30 + hash % 25} 85% ${70 + hash % 15}%)`;
}

/* look: words(node), colour(node) and label(node) of a frame. */
function flameGraph(name, root, look, note) {
	const box = el("div", { class: "flame", role: "group", "aria-label": `Flame graph, ${VIEW_TITLES[name]}` });
	const words = el("p", { class: "small", role: "status" });
	const search = el("input", { type: "search", placeholder: "part of a name", "aria-label": `Search in ${VIEW_TITLES[name]}` });
	let focus = root, active = null;
	const wordsOf = look.words;
	const hit = (node) => search.value !== "" && node.text.toLowerCase().includes(search.value.toLowerCase());

	const frame = (node, left, width, above) => {
		const button = el("button", { type: "button", tabIndex: -1, title: wordsOf(node), "aria-label": wordsOf(node),
			class: (above ? "above" : "") + (hit(node) ? " hit" : "") }, width > 1.2 ? look.label(node) : "");
		button.node = node;
		button.style.left = left + "%";
		button.style.width = width + "%";
		button.style.top = (node.depth + 1) * ROW + "px";
		button.style.background = look.colour(node);
		button.addEventListener("click", () => zoomTo(node));
		return button;
	};
	const collect = (node, list) => {
		const width = 100 * node.ns / focus.ns;
		if (width < 0.1)
			return;
		list.push(frame(node, 100 * (node.at - focus.at) / focus.ns, width, false));
		node.children.forEach((child) => collect(child, list));
	};
	const draw = () => {
		const list = [];
		for (let above = focus.parent; above; above = above.parent)
			list.unshift(frame(above, 0, 100, true));
		collect(focus, list);
		box.replaceChildren(...list);
		box.style.height = (Math.max(...list.map((button) => button.node.depth)) + 2) * ROW + "px";
		active = list.find((button) => button.node === focus);
		active.tabIndex = 0;
		words.textContent = wordsOf(focus) + found();
	};
	/* What the search finds, each ns once. */
	const found = () => {
		if (!search.value)
			return "";
		const sum = (node) => hit(node) ? node.ns : node.children.reduce((all, child) => all + sum(child), 0);
		return `. Found: ${share(sum(root) / root.ns)}`;
	};
	const zoomTo = (node) => {
		focus = node;
		draw();
		active.focus();
	};
	const move = (node) => {
		const to = node && [...box.children].find((button) => button.node === node);
		if (!to)
			return;
		active.tabIndex = -1;
		active = to;
		active.tabIndex = 0;
		active.focus();
		words.textContent = wordsOf(node) + found();
	};
	const beside = (node, step) => node.parent && node.parent.children[node.parent.children.indexOf(node) + step];
	box.addEventListener("keydown", (event) => {
		const node = active.node;
		const act = { ArrowDown: () => move(node.children[0]), ArrowUp: () => move(node.parent), ArrowLeft: () => move(beside(node, -1)),
			ArrowRight: () => move(beside(node, 1)), Escape: () => zoomTo(root), 0: () => zoomTo(root) }[event.key];
		if (!act)
			return;
		event.preventDefault();
		act();
	});
	box.addEventListener("focusin", (event) => { words.textContent = wordsOf(event.target.node) + found(); });
	search.addEventListener("input", draw);
	draw();
	return el("div", {}, el("div", { class: "tools" }, el("label", {}, "Search ", search),
		el("button", { type: "button", onclick: () => zoomTo(root) }, "Whole graph")), words, el("div", { class: "deep" }, box), el("p", { class: "small dim" }, note));
}

const leftOut = (view) => view.left_out ? `${count(view.left_out)} frames below ${time(view.least_ns)} are left out.` : "";

function viewsOf(flames) {
	return Object.entries(flames.views).filter(([, view]) => view.ns && view.nodes.length).map(([name, view]) => {
		const root = treeOf(view, flames.texts);
		return { name, title: `${VIEW_TITLES[name]} ${time(view.ns)}`, head: `${VIEW_TITLES[name]}: ${time(view.ns)} of thread time`,
			graph: () => flameGraph(name, root, { words: (node) => `${node.text}: ${time(node.ns)}, ${share(node.ns / root.ns)} of ${VIEW_TITLES[name]}`,
				colour: (node) => frameColour(node.text), label: (node) => node.text }, leftOut(view)) };
	});
}

/* views: { name, title, head, graph() }. */
function flamesPart(views, words) {
	if (!views.length)
		return [el("p", {}, "No stack was recorded.")];
	const list = el("div", { class: "tools", role: "tablist", "aria-label": "Views" });
	const parts = views.map(({ name, title, head, graph }, i) => {
		const panel = el("div", { role: "tabpanel", id: "flame-" + name, "aria-labelledby": "tab-" + name, hidden: i > 0, class: "panel" },
			el("h3", {}, head), graph());
		const tab = el("button", { type: "button", role: "tab", id: "tab-" + name, "aria-controls": "flame-" + name,
			"aria-selected": String(i === 0), tabIndex: i ? -1 : 0 }, title);
		return { panel, tab };
	});
	const choose = (chosen) => parts.forEach((part) => {
		part.panel.hidden = part !== chosen;
		part.tab.setAttribute("aria-selected", String(part === chosen));
		part.tab.tabIndex = part === chosen ? 0 : -1;
	});
	parts.forEach((part, i) => {
		part.tab.addEventListener("click", () => choose(part));
		part.tab.addEventListener("keydown", (event) => {
			const step = { ArrowRight: 1, ArrowLeft: parts.length - 1 }[event.key];
			if (!step)
				return;
			const next = parts[(i + step) % parts.length];
			choose(next);
			next.tab.focus();
		});
		list.append(part.tab);
	});
	return [el("p", { class: "small dim" }, "Each frame is as wide as its time, callers above. A click or Enter zooms in, arrow keys move, Escape shows the whole again. " + words),
		list, ...parts.map((part) => part.panel)];
}
