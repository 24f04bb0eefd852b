package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Format says how numbers are shown. The zero value chooses for a column of
// numbers: none after the decimal point if all are whole, otherwise as many
// that the largest has four significant digits, or four significant digits each
// if the numbers differ by orders of magnitude.
type Format struct {
	notation notation
	digits   int
}

type notation int

const (
	automatic notation = iota
	fixed
	significant
	percent
	signedPercent
)

// Fixed shows so many digits after the decimal point, 0 to 9.
func Fixed(digits int) Format { return Format{fixed, digits} }

// Significant shows so many significant digits, 1 to 15.
func Significant(digits int) Format { return Format{significant, digits} }

// Percent shows a ratio, whose unit is "1", in percent with so many digits
// after the decimal point, 0 to 9.
func Percent(digits int) Format { return Format{percent, digits} }

// SignedPercent is [Percent] with a sign before positive numbers too.
func SignedPercent(digits int) Format { return Format{signedPercent, digits} }

func (f Format) validate(unit string) error {
	low, high := 0, 9
	if f.notation == significant {
		low, high = 1, 15
	}
	switch {
	case f.digits < low || f.digits > high:
		return fmt.Errorf("format has %d digits, want %d to %d", f.digits, low, high)
	case f.ratio() && unit != "1":
		return fmt.Errorf("format is percent of a number in %q, want a ratio, unit \"1\"", unit)
	}
	return nil
}

// ratio says whether numbers are shown in percent.
func (f Format) ratio() bool { return f.notation == percent || f.notation == signedPercent }

// unit is the unit of what is shown.
func (f Format) unit(unit string) string {
	if f.ratio() {
		return "%"
	}
	return unit
}

// label shows a number outside a table, where no head says %.
func (f Format) label(v float64) string {
	if f.ratio() {
		return f.text(v) + thin + "%"
	}
	return f.text(v)
}

// wholeLimit is below 2^53: up to it a float64 that is whole is exact.
const wholeLimit = 1e15

// choose returns the format of a column: f, or what fits the values.
func (f Format) choose(values []float64) Format {
	if f.notation != automatic {
		return f
	}
	whole, least, most := true, math.Inf(1), 0.0
	for _, v := range values {
		v = math.Abs(v)
		whole = whole && v == math.Trunc(v) && v < wholeLimit
		most = max(most, v)
		if v > 0 {
			least = min(least, v)
		}
	}
	switch {
	case whole:
		return Fixed(0)
	case most >= 1e6*least || most < 1e-4 || most >= wholeLimit:
		return Significant(4)
	}
	// The largest gets four significant digits, the smallest two.
	digits := max(3-exponent(most), 1-exponent(least))
	if digits > 6 {
		return Significant(4)
	}
	return Fixed(max(digits, 0))
}

// exponent is the decimal exponent of a positive number.
func exponent(v float64) int {
	text := strconv.FormatFloat(v, 'e', 3, 64)
	e, _ := strconv.Atoi(text[strings.IndexByte(text, 'e')+1:])
	return e
}

const (
	thin  = "\u202f" // narrow no-break space, between groups of digits and before units
	minus = "\u2212"
	none  = "\u2013" // en dash, in the place of a number that is not there
)

// text shows a number, which is finite.
func (f Format) text(v float64) string {
	switch f.notation {
	case percent, signedPercent:
		text := grouped(strconv.FormatFloat(100*v, 'f', f.digits, 64))
		if f.notation == signedPercent && strings.ContainsAny(text, "123456789") && !strings.HasPrefix(text, minus) {
			text = "+" + text
		}
		return text
	case fixed:
		return grouped(strconv.FormatFloat(v, 'f', f.digits, 64))
	case significant:
		return rounded(v, f.digits)
	}
	return f.choose([]float64{v}).text(v)
}

// rounded shows a number with so many significant digits, very large and very
// small ones with a power of ten.
func rounded(v float64, digits int) string {
	if v == 0 {
		return "0"
	}
	mantissa, power, _ := strings.Cut(strconv.FormatFloat(v, 'e', digits-1, 64), "e")
	e, _ := strconv.Atoi(power)
	if e >= -4 && e < 6 {
		value, _ := strconv.ParseFloat(mantissa+"e"+power, 64)
		return grouped(strconv.FormatFloat(value, 'f', max(digits-1-e, 0), 64))
	}
	return grouped(mantissa) + "\u202f×\u202f10" + raised(e)
}

// raised writes a whole number in superscript digits.
func raised(n int) string {
	var b strings.Builder
	for _, r := range strconv.Itoa(n) {
		if r == '-' {
			b.WriteRune('⁻')
		} else {
			b.WriteRune([]rune("⁰¹²³⁴⁵⁶⁷⁸⁹")[r-'0'])
		}
	}
	return b.String()
}

// grouped puts a thin space between groups of three digits before the decimal
// point, and writes a minus sign that is one. Zero has no sign.
func grouped(text string) string {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	var b strings.Builder
	if negative && strings.ContainsAny(digits, "123456789") {
		b.WriteString(minus)
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(thin)
		}
		b.WriteRune(r)
	}
	if point {
		b.WriteString("." + fraction)
	}
	return b.String()
}
