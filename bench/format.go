package bench

import (
	"strconv"
	"strings"
)

// digits writes x with three significant digits, and no exponent where the
// text stays short.
func digits(x float64) string {
	if x == 0 {
		return "0"
	}
	text := strconv.FormatFloat(x, 'e', 2, 64)
	_, power, _ := strings.Cut(text, "e")
	exponent, err := strconv.Atoi(power)
	if err != nil || exponent < -4 || exponent > 8 {
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	rounded, _ := strconv.ParseFloat(text, 64) // what FormatFloat writes it reads
	return strconv.FormatFloat(rounded, 'f', max(2-exponent, 0), 64)
}

// ratio writes how many times as fast something is, and the range; what is more
// than ten times slower as fractions, 1/113.
func ratio(s Spread) (median, bounds string) {
	text := digits
	if s.Median < 0.1 {
		text = func(x float64) string { return "1/" + digits(1/x) }
	}
	return text(s.Median), text(s.Min) + " to " + text(s.Max)
}

// A prefix is that of a unit.
type prefix struct {
	factor float64
	text   string
}

var (
	large = []prefix{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {1, ""}}
	small = []prefix{{1, ""}, {1e-3, "m"}, {1e-6, "u"}, {1e-9, "n"}, {1e-12, "p"}}
)

// scaled returns x with three digits in the largest of the prefixes that leaves
// at least 1, and that prefix; the last of them for what is smaller.
func scaled(x float64, prefixes []prefix) (number, text string) {
	for _, p := range prefixes {
		if x >= 0.9995*p.factor {
			return digits(x / p.factor), p.text
		}
	}
	last := prefixes[len(prefixes)-1]
	return digits(x / last.factor), last.text
}

// rate writes x things per second, as "28.2M cycle/s".
func rate(x float64, thing string) string {
	number, text := scaled(x, large)
	return number + text + " " + thing + "/s"
}

// seconds writes a time, as "1.48 ms".
func seconds(x float64) string {
	number, text := scaled(x, small)
	return number + " " + text + "s"
}
