/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts the page together. */
function startReport() {
	verdictPart();
	section("timeline", "Timeline", ...timelinePart(stalls(), openStall));
	section("threads", "Threads over time", ...lanesPart(openLane));
	section("flames", "Where the time went", ...flamesPart(viewsOf(page.flames), "Colours only tell names apart."));
	section("tables", "Processes and threads", processTable(), threadTable());
	section("loops", "Event loops and stalls", ...loopsPart());
	section("locks", "Locks", ...locksPart());
	section("graph", "Which thread waits for which", ...waitGraph());
	section("wakers", "Wakers", ...wakersPart());
	section("waits", "Waits", ...waitsPart());
	section("neighbours", "Neighbours", ...neighboursPart());
	section("quality", "What was not measured", ...qualityPart());
	window.addEventListener("hashchange", rangeFromLink);
}

function start() {
	if (data.diff)
		startDiff();
	else
		startReport();
	window.addEventListener("resize", () => range.listeners.forEach((listener) => listener()));
	window.addEventListener("beforeprint", () => range.listeners.forEach((listener) => listener()));
	setRange(0, lengthNs, true);
	if (!data.diff)
		rangeFromLink();
}

start();
