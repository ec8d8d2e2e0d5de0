/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens pages in headless Chromium and does what a user does: browse.js MODULES CHROMIUM PAGES PICTURES.
 * Prints "ok NAME" or "FAIL NAME: reason" for each check, and the totals. PAGES has report.html,
 * diff.html, hung.html and day.html.
 */
"use strict";
const fs = require("fs");
const assert = require("assert");
const [, , MODULES, CHROMIUM, PAGES, PICTURES] = process.argv;
const puppeteer = require(`${MODULES}/node_modules/puppeteer-core`);
const AXE = fs.readFileSync(`${MODULES}/node_modules/axe-core/axe.min.js`, "utf8");
const OPEN_MS = 2000; /* a page of a day */
let browser, passed = 0, failed = 0;

async function check(name, test) {
	try {
		await test();
		passed++;
		console.log(`ok ${name}`);
	} catch (error) {
		failed++;
		console.log(`FAIL ${name}: ${String(error.message).replace(/\s+/g, " ").slice(0, 400)}`);
	}
}

/* A page whose complaints and requests are kept. */
async function open(name, width = 1400) {
	const page = await browser.newPage();
	page.complaints = [];
	page.requests = [];
	page.on("console", (message) => ["error", "warn", "warning"].includes(message.type()) && page.complaints.push(message.text()));
	page.on("pageerror", (error) => page.complaints.push(error.message));
	page.on("dialog", (dialog) => { page.complaints.push("dialog"); dialog.dismiss(); });
	page.on("request", (request) => page.requests.push(request.url()));
	await page.setViewport({ width, height: 900 });
	await page.goto(`file://${PAGES}/${name}.html`);
	await page.waitForSelector("main section");
	return page;
}

/* Elements' texts. */
const texts = (page, selector) => page.$$eval(selector, (list) => list.map((element) => element.textContent));
const shown = (page) => page.$eval("#range-words", (element) => element.textContent);

/* How many colours a canvas has, at most 9. */
const colours = (page, selector) => page.$$eval(selector, (list) => list.map((canvas) => {
	const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data, seen = new Set();
	for (let i = 0; i < pixels.length && seen.size < 9; i += 4)
		seen.add(pixels.slice(i, i + 3).join());
	return seen.size;
}));

async function axe(page, what) {
	const bad = await page.evaluate(`${AXE};axe.run().then((result) => result.violations
		.filter((row) => ["serious", "critical"].includes(row.impact)).map((row) => row.id + " " + row.nodes[0].html))`);
	assert.deepStrictEqual(bad, [], what);
}

async function quiet(page, name) {
	assert.deepStrictEqual(page.complaints, [], name);
	assert.deepStrictEqual(page.requests.filter((url) => !url.startsWith("data:") && url.split("#")[0] !== `file://${PAGES}/${name}.html`), [], name);
}

/* "1.25 ms" in ns. */
function nsOf(words) {
	const units = { s: 1e9, ms: 1e6, us: 1e3, ns: 1, min: 6e10, h: 3.6e12 };
	const [number, unit] = words.split(" ");
	return Number(number) * units[unit];
}

async function reportChecks() {
	const page = await open("report");
	const data = JSON.parse(await page.$eval("#data", (element) => element.textContent));

	await check("page.verdict_in_words", async () => {
		const head = await page.$eval("#verdict", (element) => element.textContent);
		for (const words of [data.report.verdict.class.toUpperCase(), data.report.verdict.headline, data.report.verdict.advice.now, ...data.report.verdict.causes.map((cause) => cause.kind)])
			assert(head.includes(words), words);
	});
	await check("page.every_part_is_there", async () => {
		assert.deepStrictEqual(await texts(page, "main h2"), ["Timeline", "Threads over time", "Where the time went", "Processes and threads", "Event loops and stalls",
			"Locks", "Which thread waits for which", "Wakers", "Waits", "Neighbours", "What was not measured"]);
		const tables = await texts(page, "caption");
		for (const caption of ["Processes", "Threads", "Event loops", "Locks", "Evidence"])
			assert(tables.includes(caption), caption);
		assert((await texts(page, "#quality li")).length === data.report.verdict.unmeasured.length);
	});
	await check("page.charts_are_drawn", async () => {
		assert((await colours(page, "canvas.chart"))[0] >= 4);
		const lanes = await colours(page, ".lane canvas");
		assert(lanes.length === data.page.threads.lanes.length && lanes.every((n) => n >= 2), String(lanes));
		for (const name of Object.keys(data.page.flames.views))
			assert((await page.$$(`#flame-${name} .flame button`)).length >= 5, name);
		assert((await page.$$("svg.graph circle")).length >= 2);
	});
	await check("page.figures_are_the_data", async () => {
		const rows = await page.$$eval("#tables .scroll:nth-of-type(2) tbody tr", (list) => list.map((row) => [...row.children].map((cell) => cell.textContent)));
		const threads = data.report.processes.flatMap((process) => process.threads);
		assert.strictEqual(rows.length, threads.length);
		for (const thread of threads) {
			const row = rows.find((cells) => cells[0].endsWith(" " + thread.tid));
			assert(Math.abs(nsOf(row[3]) - thread.time.on_cpu_ns) <= 0.006 * thread.time.on_cpu_ns, `${row}: ${thread.time.on_cpu_ns}`);
		}
	});
	await check("page.names_are_text", async () => {
		assert.strictEqual((await page.$$("img, b, script:not([type]):not(:last-of-type)")).length, 0);
		const all = await page.$eval("body", (body) => body.innerText);
		assert(all.includes("<img src=x>") && all.includes("</script><b>.py") && all.includes("<img src=x onerror=alert(1)>"));
		assert(!all.includes("\u001b"));
	});
	await check("page.keys_zoom_and_read_the_timeline", async () => {
		await page.focus(".plot");
		await page.keyboard.press("ArrowRight");
		assert((await page.$eval(".readout", (element) => element.textContent)).includes(" of thread time: "));
		await page.keyboard.press("+");
		assert(/ of .*--from \+/.test(await shown(page)), await shown(page));
		assert(/^#from=\+[\d.]+s&to=\+[\d.]+s$/.test(await page.evaluate("location.hash")));
		await page.keyboard.press("0");
		assert((await shown(page)).startsWith("the whole"));
	});
	await check("page.work_only_hides_rest", async () => {
		const whole = await page.$eval(".scale span", (element) => element.textContent);
		await page.click(".tools input[type=checkbox]");
		const work = await page.$eval(".scale span", (element) => element.textContent);
		assert(whole === "100 %" && parseFloat(work) < 90 && parseFloat(work) > 0, `${whole}, ${work}`);
		await page.click(".tools input[type=checkbox]");
	});
	await check("page.drag_zooms_and_the_link_leads_there", async () => {
		const box = await (await page.$("canvas.chart")).boundingBox();
		await page.mouse.move(box.x + 0.25 * box.width, box.y + 50);
		await page.mouse.down();
		await page.mouse.move(box.x + 0.5 * box.width, box.y + 60, { steps: 4 });
		await page.mouse.up();
		const words = await shown(page), link = await page.evaluate("location.href"), length = data.report.capture.duration_ns / 1e9;
		const [, from, to] = link.match(/from=\+([\d.]+)s&to=\+([\d.]+)s/).map(Number);
		assert(Math.abs(from - length / 4) < 0.02 * length && Math.abs(to - length / 2) < 0.02 * length, link);
		const other = await browser.newPage();
		await other.goto(link);
		assert.strictEqual(await shown(other), words);
		await other.close();
		await axe(page, "zoomed");
		await page.click(".tools button:nth-of-type(5)");
		assert((await shown(page)).startsWith("the whole"));
	});
	await check("page.a_stall_opens_with_its_stack", async () => {
		await page.click("#loops td button");
		assert(await page.$("dialog[open]"));
		assert((await texts(page, "dialog ol li")).some((frame) => frame.includes("<img src=x onerror=alert(1)>")));
		await axe(page, "dialog");
		await page.keyboard.press("Escape");
		assert(!await page.$("dialog"));
		await page.click(".marks button");
		assert((await page.$eval("dialog h2", (element) => element.textContent)).startsWith("Stall of "));
		await page.keyboard.press("Escape");
		await page.click(".lane button");
		assert((await texts(page, "dialog caption")).includes("Time by state"));
		await page.keyboard.press("Escape");
	});
	await check("page.flame_graphs_search_and_zoom", async () => {
		await page.type("#flame-on-cpu input[type=search]", "cruncher");
		assert((await page.$$("#flame-on-cpu .hit")).length >= 1);
		assert(/Found: \d/.test(await page.$eval("#flame-on-cpu p[role=status]", (element) => element.textContent)));
		await page.click("#flame-on-cpu .hit");
		const width = await page.$eval("#flame-on-cpu .hit", (element) => element.style.width);
		assert.strictEqual(width, "100%");
		await page.keyboard.press("Escape");
		await page.keyboard.press("ArrowDown");
		assert.strictEqual(await page.evaluate("document.activeElement.style.top"), "20px");
		await page.focus("#tab-on-cpu");
		await page.keyboard.press("ArrowRight");
		assert(await page.$eval("#flame-on-cpu", (panel) => panel.hidden) && await page.$eval("#flame-off-cpu", (panel) => !panel.hidden));
		await page.click("#tab-on-cpu");
	});
	await check("page.tables_sort", async () => {
		const column = () => page.$$eval("#tables .scroll:nth-of-type(2) tbody tr", (list) => list.map((row) => row.children[0].textContent));
		const before = await column();
		await page.click("#tables .scroll:nth-of-type(2) th:nth-child(4) button");
		await page.click("#tables .scroll:nth-of-type(2) th:nth-child(4) button");
		assert.deepStrictEqual(await column(), before.reverse());
		assert.strictEqual(await page.$eval("#tables .scroll:nth-of-type(2) th:nth-child(4)", (head) => head.getAttribute("aria-sort")), "ascending");
	});
	await check("page.axe_finds_nothing_serious", () => axe(page, "report"));
	await check("page.says_nothing_and_asks_for_nothing", () => quiet(page, "report"));
	await page.screenshot({ path: `${PICTURES}/report-1400.png`, fullPage: true });
	await check("page.prints_all_parts", async () => {
		await page.emulateMediaType("print");
		assert(await page.$$eval(".panel", (panels) => panels.every((panel) => panel.getBoundingClientRect().height > 50)));
		await page.emulateMediaType(null);
		const pdf = await page.pdf({ path: `${PICTURES}/report.pdf`, format: "A4", printBackground: true });
		assert(pdf.length > 20000);
	});
	await page.close();
	await check("page.fits_a_narrow_screen", async () => {
		const narrow = await open("report", 480);
		assert((await narrow.evaluate("document.documentElement.scrollWidth")) <= 480);
		await axe(narrow, "narrow");
		await narrow.screenshot({ path: `${PICTURES}/report-480.png`, fullPage: true });
		await narrow.close();
	});
}

async function otherChecks() {
	await check("page.diff_shows_both_sides", async () => {
		const page = await open("diff");
		assert.deepStrictEqual(await texts(page, "main h2"), ["What changed", "Where the time went", "Before", "After"]);
		assert((await colours(page, "canvas.chart")).every((n) => n >= 3));
		const tones = await page.$$eval(".flame button", (list) => list.map((frame) => frame.style.background.match(/\d+/g).map(Number)));
		assert(tones.some(([red, , blue]) => red > blue + 10) && tones.some(([red, , blue]) => blue > red + 10), "red and blue");
		await axe(page, "diff");
		await quiet(page, "diff");
		await page.screenshot({ path: `${PICTURES}/diff.png`, fullPage: true });
		await page.close();
	});
	await check("page.a_deadlock_is_drawn", async () => {
		const page = await open("hung");
		assert((await page.$eval("#graph p", (element) => element.textContent)).startsWith("A cycle of waits that never ended"));
		assert.strictEqual((await page.$$("#graph path[stroke='#b3000d']")).length, 2);
		await axe(page, "hung");
		await quiet(page, "hung");
		await page.screenshot({ path: `${PICTURES}/hung.png`, fullPage: true });
		await page.close();
	});
	await check("page.of_a_day_opens_fast", async () => {
		const took = [];
		for (let i = 0; i < 3; i++) {
			const page = await open("day");
			took.push(await page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"));
			await page.screenshot({ path: `${PICTURES}/day.png` });
			await quiet(page, "day");
			await page.close();
		}
		console.log(`a day opens in ${took.map(Math.round).join(", ")} ms`);
		assert(Math.min(...took) < OPEN_MS, String(took));
	});
}

(async () => {
	browser = await puppeteer.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--no-first-run"] });
	await reportChecks();
	await otherChecks();
	await browser.close();
	console.log(`${passed} passed, ${failed} failed, 0 skipped`);
	process.exit(failed ? 1 : 0);
})().catch((error) => {
	console.log(`FAIL page: ${error.stack}`);
	console.log(`${passed} passed, ${failed + 1} failed, 0 skipped`);
	process.exit(1);
});
