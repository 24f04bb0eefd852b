package report

import (
	"cmp"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"lockstep/tool"
	"lockstep/tool/tooltest"
)

var pictures = flag.String("pictures", "", "write screenshots and PDF of the browser test to this directory")

// A browser is headless Chromium with a page and what it complained about.
type browser struct {
	t        *testing.T
	ctx      context.Context
	mu       sync.Mutex
	troubles []string
}

// open loads a page from a file.
func open(t *testing.T, name string, html []byte) *browser {
	t.Helper()
	tooltest.Need(t, "chromium")
	chromium, err := tool.Find("chromium")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), name+".html")
	require.NoError(t, os.WriteFile(file, html, 0o644))
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(chromium.Path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()))
	// The context of the test ends before the browser is closed.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	ctx, cancelAllocator := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancelAllocator)
	ctx, _ = chromedp.NewContext(ctx)
	t.Cleanup(func() { require.NoError(t, chromedp.Cancel(ctx)) })
	b := &browser{t: t, ctx: ctx}
	address := "file://" + file
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.trouble("exception: " + e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			b.trouble("console: " + string(e.Type))
		case *log.EventEntryAdded:
			b.trouble("log: " + e.Entry.Text)
		case *network.EventRequestWillBeSent:
			if e.Request.URL != address && e.Request.URL != "data:," {
				b.trouble("request: " + e.Request.URL)
			}
		}
	}))
	_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	require.NoError(t, err)
	b.width(1280)
	b.run(chromedp.Navigate(address))
	return b
}

func (b *browser) trouble(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.troubles = append(b.troubles, text)
}

func (b *browser) width(pixels int64) { b.size(pixels, 900) }

func (b *browser) size(pixels, height int64) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride,
		emulation.SetDeviceMetricsOverrideParams{Width: pixels, Height: height, DeviceScaleFactor: 1, Mobile: pixels < 600})
	require.NoError(b.t, err)
}

func (b *browser) media(name string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: name})
	require.NoError(b.t, err)
}

func (b *browser) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, actions...))
}

// eval returns the value of an expression of JavaScript.
func eval[T any](b *browser, script string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	require.NoError(b.t, err)
	return value
}

// keep writes a picture for people.
func (b *browser) keep(name string, data []byte) {
	b.t.Helper()
	if *pictures != "" {
		require.NoError(b.t, os.WriteFile(filepath.Join(*pictures, name), data, 0o644))
	}
}

// pages are those that the browser looks at.
func pages(t *testing.T) map[string]*Document {
	e, r := results(t)
	swept, err := FromExperiment(e, r, Options{Meanings: meanings, Commands: Commands{{"measure", "simulate sweep sample-core"}}, Versions: Versions{{"Yosys", "0.23"}}})
	require.NoError(t, err)
	return map[string]*Document{"sample": sample(), "swept": swept, "extremes": extremes()}
}

func TestBrowser(t *testing.T) {
	tooltest.Need(t, "chromium")
	for name, d := range pages(t) {
		t.Run(name, func(t *testing.T) {
			html, err := d.HTML()
			require.NoError(t, err)
			b := open(t, name, html)
			b.checkSorting()
			if name != "extremes" {
				b.checkFilters()
			}
			for _, pixels := range []int64{1280, 390} {
				b.width(pixels)
				b.checkLayout(name, pixels)
				b.checkPlots(d)
			}
			b.width(1280)
			b.checkPrint(name)
			require.Empty(t, b.troubles)
		})
	}
}

// A sorted is what a head did to its table: the cells of its column, and every
// row as text, before and after one, two and three clicks.
type sorted struct {
	Table, Head string
	Aria        []string
	Cells       [][]shownCell
	Rows        [][]string
}

type shownCell struct {
	Value *string // of a number
	Text  string
}

const sortEverything = `Array.from(document.querySelectorAll(".table table")).filter((t) => t.tBodies[0].rows.length > 1).flatMap((table) =>
  Array.from(table.tHead.rows[0].cells, (head, column) => {
    const found = { Table: table.closest(".table").id, Head: head.textContent, Aria: [], Cells: [], Rows: [] };
    for (let click = 0; click < 4; click++) {
      if (click) head.querySelector("button").click();
      const rows = Array.from(table.tBodies[0].rows);
      found.Aria.push(head.getAttribute("aria-sort"));
      found.Rows.push(rows.map((r) => r.textContent));
      found.Cells.push(rows.map((r) => {
        const cell = r.cells[column].cloneNode(true);
        cell.querySelectorAll("sup").forEach((s) => s.remove());
        return { Value: cell.dataset.value === undefined ? null : cell.dataset.value, Text: cell.textContent };
      }));
    }
    return found;
  }))`

// checkSorting clicks every head of every table and compares with a sort of its
// own.
func (b *browser) checkSorting() {
	all := eval[[]sorted](b, sortEverything)
	require.Greater(b.t, len(all), 5)
	for _, s := range all {
		require.Equal(b.t, []string{"none", "ascending", "descending", "none"}, s.Aria, "%s %s", s.Table, s.Head)
		require.Equal(b.t, s.Rows[0], s.Rows[3], "%s %s: the third click undoes", s.Table, s.Head)
		for click, direction := range map[int]int{1: 1, 2: -1} {
			order := make([]int, len(s.Rows[0]))
			for i := range order {
				order[i] = i
			}
			slices.SortStableFunc(order, func(i, j int) int { return compareCells(s.Cells[0], s.Cells[0][i], s.Cells[0][j], direction) })
			var want []string
			for _, i := range order {
				want = append(want, s.Rows[0][i])
			}
			require.Equal(b.t, want, s.Rows[click], "%s %s: click %d", s.Table, s.Head, click)
		}
	}
	b.run(chromedp.Focus(chromedp.CSS(".table th button")), chromedp.KeyEvent(kb.Enter))
	require.Equal(b.t, "ascending", eval[string](b, `document.querySelector(".table th").getAttribute("aria-sort")`))
	b.run(chromedp.KeyEvent(" "))
	require.Equal(b.t, "descending", eval[string](b, `document.querySelector(".table th").getAttribute("aria-sort")`))
	b.run(chromedp.KeyEvent(" "))
}

// compareCells orders numbers by value and texts as a person would; cells that
// say nothing come last in both directions.
func compareCells(column []shownCell, x, y shownCell, direction int) int {
	empty := func(c shownCell) bool { return c.Value == nil && (c.Text == "" || c.Text == none) }
	switch {
	case empty(x) && empty(y):
		return 0
	case empty(x):
		return 1
	case empty(y):
		return -1
	}
	number := func(c shownCell) (float64, bool) {
		text := c.Text
		if c.Value != nil {
			text = *c.Value
		}
		v, err := strconv.ParseFloat(text, 64)
		return v, err == nil
	}
	if !slices.ContainsFunc(column, func(c shownCell) bool { _, ok := number(c); return !ok && !empty(c) }) {
		a, _ := number(x)
		b, _ := number(y)
		return direction * cmp.Compare(a, b)
	}
	return direction * slices.CompareFunc(pieces(x.Text), pieces(y.Text), comparePieces)
}

var piece = regexp.MustCompile(`\d+|.`)

func pieces(text string) []string { return piece.FindAllString(strings.ToLower(text), -1) }

// comparePieces orders runs of digits by their value, and punctuation before
// digits before letters.
func comparePieces(x, y string) int {
	class := func(s string) int {
		switch c := s[0]; {
		case c >= '0' && c <= '9':
			return 1
		case c >= 'a' && c <= 'z':
			return 2
		}
		return 0
	}
	if c := cmp.Compare(class(x), class(y)); c != 0 || class(x) != 1 {
		return cmp.Or(c, cmp.Compare(x, y))
	}
	a, _ := strconv.Atoi(x)
	b, _ := strconv.Atoi(y)
	return cmp.Compare(a, b)
}

// checkFilters types into the filter of the first long table.
func (b *browser) checkFilters() {
	const visible = `Array.from(document.querySelector(".filter").closest(".table").querySelector("tbody").rows).filter((r) => r.getClientRects().length).map((r) => r.textContent.toLowerCase())`
	all := eval[[]string](b, visible)
	require.Greater(b.t, len(all), 10)
	var want []string
	for _, row := range all {
		if strings.Contains(row, "1") && strings.Contains(row, "8") {
			want = append(want, row)
		}
	}
	require.NotEmpty(b.t, want)
	require.Less(b.t, len(want), len(all))
	b.run(chromedp.SendKeys(chromedp.CSS(".filter input"), "8 1"))
	require.Equal(b.t, want, eval[[]string](b, visible))
	require.Equal(b.t, strconv.Itoa(len(want))+" of "+strconv.Itoa(len(all))+" rows", eval[string](b, `document.querySelector(".filter output").textContent`))
	b.run(chromedp.SendKeys(chromedp.CSS(".filter input"), strings.Repeat(kb.Backspace, 3)))
	require.Equal(b.t, all, eval[[]string](b, visible))
}

// checkLayout: the page is no wider than the screen, and what is wider scrolls in
// a box of its own.
func (b *browser) checkLayout(name string, pixels int64) {
	require.LessOrEqual(b.t, eval[float64](b, `document.documentElement.scrollWidth`), float64(pixels))
	outside := eval[[]string](b, `Array.from(document.querySelectorAll("main *"))
	  .filter((e) => !e.closest(".scroll > *, pre > *, svg > *") && e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML.slice(0, 80))`)
	require.Empty(b.t, outside, "at %d pixels", pixels)
	b.size(pixels, eval[int64](b, `document.documentElement.scrollHeight`)) // Chromium does not draw all of a page that scrolls
	shot, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	require.NoError(b.t, err)
	require.NotEmpty(b.t, shot)
	b.keep(name+"-"+strconv.FormatInt(pixels, 10)+".png", shot)
}

// checkPlots: every plot is visible, and no text leaves it or covers another.
func (b *browser) checkPlots(d *Document) {
	want := 0
	for _, c := range d.layout() {
		for _, p := range c.blocks {
			if _, ok := p.block.(figure); ok {
				want++
			}
		}
	}
	type drawn struct {
		Width, Height float64
		Texts         int
		Outside       []string
		Covered       []string
	}
	all := eval[[]drawn](b, `Array.from(document.querySelectorAll("svg"), (svg) => {
	  const box = svg.getBoundingClientRect(), slack = 0.5;
	  const texts = Array.from(svg.querySelectorAll("text"), (t) => {
	    const r = t.getBoundingClientRect(), cut = r.height * 0.2;
	    return { says: t.textContent, left: r.left, right: r.right, top: r.top, bottom: r.bottom, high: r.top + cut, low: r.bottom - cut };
	  });
	  return {
	    Width: box.width, Height: box.height, Texts: texts.length,
	    Outside: texts.filter((t) => t.left < box.left - slack || t.right > box.right + slack || t.top < box.top - slack || t.bottom > box.bottom + slack).map((t) => t.says),
	    Covered: texts.flatMap((t, i) => texts.slice(0, i).filter((u) => t.left < u.right - slack && u.left < t.right - slack && t.high < u.low && u.high < t.low).map((u) => t.says + " / " + u.says)),
	  };
	})`)
	require.Len(b.t, all, want)
	for i, p := range all {
		require.Greater(b.t, p.Width, 250.0, "figure %d", i+1)
		require.Greater(b.t, p.Height, 50.0, "figure %d", i+1)
		require.Greater(b.t, p.Texts, 3, "figure %d", i+1)
		require.Empty(b.t, p.Outside, "figure %d", i+1)
		require.Empty(b.t, p.Covered, "figure %d", i+1)
	}
}

// checkPrint: nothing is cut off on A4, and wide tables are on its side.
func (b *browser) checkPrint(name string) {
	b.media("print")
	for selector, millimetres := range map[string]float64{".table:not(.wide) table, .plot, pre, p, dl": 210 - 2*17, ".table.wide table": 297 - 2*15} {
		b.width(int64(millimetres * 96 / 25.4))
		require.Empty(b.t, eval[[]string](b, "Array.from(document.querySelectorAll(`"+selector+"`)"+`)
		  .filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5 || e.scrollWidth > e.clientWidth + 1).map((e) => e.outerHTML.slice(0, 200))`))
		require.Empty(b.t, eval[[]string](b, "Array.from(document.querySelectorAll(`"+selector+"`)).flatMap((e) => Array.from(e.querySelectorAll('td[data-value]')))"+`
		  .filter((td) => { const r = document.createRange(); r.selectNodeContents(td.firstChild); return r.getClientRects().length > 1; }).map((td) => td.outerHTML)`), "numbers in two lines")
	}
	b.media("")
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
	require.NoError(b.t, err)
	require.Equal(b.t, "%PDF-", string(pdf[:5]))
	require.GreaterOrEqual(b.t, len(regexp.MustCompile(`/Type\s*/Page\b[^s]`).FindAll(pdf, -1)), 1)
	b.keep(name+".pdf", pdf)
}
