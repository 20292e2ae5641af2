/** Prevents: an unreadable reserved page: too little contrast, too wide for a phone, or blocked by its own policy. */

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import { COMPATIBILITY_DATE } from "../workerd.js";
import { launch } from "./chromium.js";

const PICTURES = fileURLToPath(new URL("../../../.build/pages/", import.meta.url));
const WIDTHS = [320, 1280];
const SCHEMES = ["light", "dark"];
/** Minimum contrast by WCAG 2.2, 1.4.3: text, and large text. */
const [TEXT, LARGE] = [4.5, 3];

/** Runs in the page: returns each piece of text with its colours and size, and the document's width, title and language. */
function look() {
  const colour = (text) => text.match(/[\d.]+/g).map(Number);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll("h1, p, a")].map((element) => {
    const style = getComputedStyle(element);
    return {
      text: element.textContent.trim(),
      colour: colour(style.color),
      behind: behind(element),
      size: Number.parseFloat(style.fontSize),
    };
  });
  return {
    texts,
    width: document.documentElement.scrollWidth,
    inner: innerWidth,
    title: document.title,
    lang: document.documentElement.lang,
  };
}

function luminance(rgb) {
  const [r, g, b] = rgb.slice(0, 3).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

async function open(tab, url, width, scheme) {
  await tab.send("Page.enable");
  await tab.send("Log.enable");
  await tab.send("Runtime.enable");
  await tab.send("Emulation.setDeviceMetricsOverride", {
    width,
    height: 800,
    deviceScaleFactor: 1,
    mobile: width < 600,
  });
  await tab.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  await tab.send("Page.navigate", { url });
  while (!tab.events.some(({ method }) => method === "Page.loadEventFired"))
    await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setTimeout(resolve, 500)); // A browser requests an icon only then.
}

/** Returns the errors that the console would show, except for the page's intended status 503. */
function errors(tab, url) {
  const logged = tab.events
    .filter(({ method, params }) => method === "Log.entryAdded" && params.entry.level === "error")
    .map(({ params }) => params.entry);
  const thrown = tab.events.filter(
    ({ method, params }) =>
      method === "Runtime.exceptionThrown" || (method === "Runtime.consoleAPICalled" && params.type === "error"),
  );
  return [
    ...logged.filter((entry) => !(entry.source === "network" && entry.url === url && /503/.test(entry.text))),
    ...thrown,
  ];
}

test("the reserved page is readable in Chromium, narrow and wide, light and dark, without an error", async (t) => {
  const runtime = new Miniflare({
    modules: true,
    scriptPath: fileURLToPath(new URL("../../conductor/index.js", import.meta.url)),
    compatibilityDate: COMPATIBILITY_DATE,
    bindings: { VERSION: "0123456789ab" },
    host: "127.0.0.1",
  });
  t.after(() => runtime.dispose());
  const { href: url } = await runtime.ready;
  const browser = await launch(t);
  mkdirSync(PICTURES, { recursive: true });
  const papers = new Set();
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      await t.test(`${width} px, ${scheme}`, async () => {
        const tab = await browser.tab();
        await open(tab, url, width, scheme);
        const { data } = await tab.send("Page.captureScreenshot", { format: "png" });
        writeFileSync(`${PICTURES}conductor-${width}-${scheme}.png`, Buffer.from(data, "base64"));
        assert.deepEqual(errors(tab, url), []);
        const evaluated = await tab.send("Runtime.evaluate", { expression: `(${look})()`, returnByValue: true });
        const { texts, width: wide, inner, title, lang } = evaluated.result.value;
        assert.deepEqual([title, lang, inner], ["Conductor is coming soon", "en", width]);
        assert.ok(wide <= width, `the page is ${wide} px wide`);
        assert.ok(texts.length >= 4);
        for (const { text, colour, behind, size } of texts) {
          const found = contrast(colour, behind);
          assert.ok(found >= (size >= 24 ? LARGE : TEXT), `${text}: ${found.toFixed(2)}`);
          papers.add(behind.join());
        }
      });
    }
  }
  assert.equal(papers.size, 2, "light and dark do not differ");
});

test("contrast is measured as WCAG defines it", () => {
  assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21);
  assert.ok(Math.abs(contrast([119, 119, 119], [255, 255, 255]) - 4.48) < 0.01);
});
