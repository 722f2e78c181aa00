#!/usr/bin/env python3
"""The pages of the reports in a browser: light, dark, on paper and on a phone (S3). Passed over where Chromium or
axe-core is absent; `CRIER_PAGES=1 bash .ci/setup` brings both. CRIER_PICTURES=FOLDER keeps a picture of each to look at.

  CRIER_BINARY=build/debug/crier tests/pages/report_pages_test.py
"""

import os
import pathlib
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent / "cmd"), str(pathlib.Path(__file__).resolve().parent)]

import browser  # noqa: E402
from report_store import NOW, REPORTS, ReportStore  # noqa: E402

PASSED_OVER = 77
# Paper: A4 and US Letter lying on their side, without their margins, are wider than this.
LOOKS = {
    "light": {},
    "dark": {"scheme": "dark"},
    "paper": {"medium": "print", "width": 960},
    "phone": {"width": 360},
    "phone in the dark": {"width": 360, "scheme": "dark"},
}
# Reports that are made of an empty store too.
NOTHING = ("delivery", "management")
# Rules that must have looked at something: a page without tables or pictures passes them all.
MUST_LOOK_AT = {"document-title", "html-has-lang", "page-has-heading-one", "heading-order", "landmark-one-main", "region",
                "svg-img-alt", "color-contrast", "scope-attr-valid", "td-headers-attr", "th-has-data-cells"}

# Each text with its contrast to what is behind it, letters in pictures too, of which axe does not judge.
CONTRASTS = """(() => {
  const numbers = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; })
      .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = numbers(getComputedStyle(e).backgroundColor);
      if (c.length && (c.length < 4 || c[3] > 0)) return c; }
    return [255, 255, 255]; };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
    if (!text || ['title', 'desc', 'STYLE'].includes(e.tagName) || e.className === 'unseen') continue;
    const style = getComputedStyle(e), inSvg = e instanceof SVGElement;
    const a = light(numbers(inSvg ? style.fill : style.color)), b = light(behind(inSvg ? e.closest('section') : e));
    found.push([text.slice(0, 30), inSvg, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)]);
  }
  for (const bar of document.querySelectorAll('svg rect')) {
    const a = light(numbers(getComputedStyle(bar).fill)), b = light(behind(bar.closest('section')));
    found.push(['bar', null, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)]);
  }
  return found; })()"""

STRUCTURE = """(() => ({
  scripts: document.scripts.length,
  tables: [...document.querySelectorAll('table')].map(t => ({caption: t.caption && t.caption.textContent.trim(),
    heads: [...t.tHead.rows[0].cells].map(c => c.scope), rows: [...t.tBodies[0].rows].map(r => r.cells[0].scope || r.cells[0].textContent),
    focus: t.closest('[tabindex="0"][role=region]') !== null})),
  charts: [...document.querySelectorAll('svg')].map(s => ({role: s.getAttribute('role'),
    names: s.getAttribute('aria-labelledby').split(' ').map(id => (document.getElementById(id) || {}).textContent),
    letters: Math.min(...[...s.querySelectorAll('text')].map(t => t.getBoundingClientRect().height)),
    over: [...s.querySelectorAll('text, rect')].filter(e => { const b = e.getBBox(); return b.x + b.width > s.getBoundingClientRect().width + 1; })
      .map(e => e.textContent)})),
  headings: [...document.querySelectorAll('h1, h2')].map(h => h.tagName + ' ' + h.textContent)}))()"""

FAULTY = """<!DOCTYPE html><html><head><meta charset="utf-8"><style>p{color:#aaa;background:#fff}div{width:900px}</style></head>
<body><p>Hard to read</p><div>Too wide</div><table><tr><td>1</td></tr></table><svg role="img" width="9" height="9"></svg>
<img src="http://127.0.0.1:9/pixel.png"></body></html>"""


class Pages(ReportStore):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def pages(self):
        """Each report of a full store, some of a store without anything, and all that is kept of one person."""
        for name in REPORTS:
            self.report(name, "html", file=f"{name}.html")
        self.crier("people", "export", "OG4", "-o", "person.html", clock=NOW)
        (self.folder / "empty").mkdir()
        self.crier("init", "--school", "NEW", "--name", "New", "--timezone", "Europe/London", "--country", "GB",
                   cwd=self.folder / "empty")
        for name in NOTHING:
            self.report(name, "html", file=f"../nothing in {name}.html", cwd=self.folder / "empty")
        return [*REPORTS, "person", *(f"nothing in {name}" for name in NOTHING)]

    def each(self, check):
        """Has `check(name, look, page)` look at every page in every look."""
        seen = 0
        for name in self.pages():
            for look, how in LOOKS.items():
                with self.subTest(page=name, look=look), self.browser.page(self.folder / f"{name}.html", **how) as page:
                    if folder := os.environ.get("CRIER_PICTURES"):
                        page.picture(pathlib.Path(folder) / f"{name}-{look}.png", 3000)
                    check(name, look, page)
                seen += 1
        self.assertEqual((len(REPORTS) + 1 + len(NOTHING)) * len(LOOKS), seen)

    def test_accessible(self):
        """S3: axe-core finds nothing, in any look, and each rule that matters has looked at something"""
        looked_at = set()

        def check(name, look, page):
            violations, passed, undecided = page.axe()
            self.assertEqual({}, violations)
            # Contrast behind letters of a picture, or beyond the window, is test_contrast's to judge.
            self.assertLessEqual(set(undecided), {"color-contrast"})
            if name in REPORTS:
                looked_at.update(passed)
                self.assertGreater(len(passed["color-contrast"]), 10)

        self.each(check)
        self.assertEqual(set(), MUST_LOOK_AT - looked_at)

    def test_contrast(self):
        """S3: every text stands out from what is behind it by 4.5, every bar by 3, letters in charts too"""
        def check(name, look, page):
            found = page.value(CONTRASTS)
            weak = [one for one in found if one[2] < (3 if one[1] is None else 4.5)]
            self.assertEqual([], weak)
            self.assertGreater(len(found), 5)
            if name in REPORTS:
                self.assertGreater(sum(one[1] is True for one in found), 2, "letters in charts")
                self.assertGreater(sum(one[1] is None for one in found), 1, "bars")

        self.each(check)

    def test_no_scrolling(self):
        """S3: nothing is wider than a phone or a sheet of paper; wide tables scroll by themselves, on paper they wrap"""
        def check(name, look, page):
            width = LOOKS[look].get("width", 1200)
            # A phone would zoom out, and its window be as wide as what is in it.
            self.assertEqual([width, width], page.value("[document.documentElement.scrollWidth, innerWidth]"))
            if look == "paper":
                self.assertEqual([], page.value("[...document.querySelectorAll('table')].filter(t => t.getBoundingClientRect().right > "
                                                "innerWidth + 1).map(t => t.caption.textContent)"))

        self.each(check)

    def test_structure(self):
        """S3: headings, captions, scopes, and charts with names whose letters a phone shows as large as others"""
        charts = []

        def check(name, look, page):
            told = page.value(STRUCTURE)
            self.assertEqual(0, told["scripts"])
            self.assertEqual(1, sum(one.startswith("H1 ") for one in told["headings"]))
            self.assertEqual(len(told["tables"]), sum(one.startswith("H2 ") for one in told["headings"]))
            for table in told["tables"]:
                self.assertTrue(table["caption"] and table["focus"], table)
                self.assertEqual({"col"}, set(table["heads"]))
                self.assertIn(set(table["rows"]), ({"row"}, {"(none)"}))
            for chart in told["charts"]:
                self.assertEqual("img", chart["role"])
                self.assertEqual(2, len([text for text in chart["names"] if text]), chart)
                self.assertGreater(chart["letters"], 10)
                self.assertEqual([], chart["over"])
            if name in REPORTS:
                self.assertGreaterEqual(len(told["charts"]), 1)
            charts.extend(told["charts"])

        self.each(check)
        self.assertGreater(len(charts), 6 * len(LOOKS))

    def test_nothing_from_outside(self):
        """S3: a page asks for nothing but itself"""
        def check(name, look, page):
            page.value("new Promise(done => setTimeout(done, 50))")
            self.assertEqual([(self.folder / f"{name}.html").as_uri()], page.requests())

        self.each(check)

    def test_that_faults_are_seen(self):
        """S3: each of these checks finds its fault in a page that has it"""
        with self.browser.page(self.write("faulty.html", FAULTY), width=360) as page:
            violations, _, _ = page.axe()
            for rule in ("color-contrast", "document-title", "html-has-lang", "svg-img-alt", "image-alt"):
                self.assertIn(rule, violations)
            self.assertNotEqual([360, 360], page.value("[document.documentElement.scrollWidth, innerWidth]"))
            self.assertTrue(any("pixel.png" in url for url in page.requests()), page.requests())
            self.assertLess(min(one[2] for one in page.value(CONTRASTS)), 4.5)


if __name__ == "__main__":
    if missing := browser.absent():
        print(f"Passed over: {missing}.")
        sys.exit(PASSED_OVER)
    unittest.main(verbosity=2)
