package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lockstep/report"
)

// again is how to repeat a run, and with which programs.
func again(cmd *cobra.Command) report.Section {
	line := repeatLine(cmd)
	return report.Section{Title: "Again", Blocks: []report.Block{
		report.Commands{
			{Purpose: "this page", Line: line + " --html page.html"},
			{Purpose: "the same numbers as JSON", Line: line + " --json"},
		},
		programs(),
	}}
}

// repeatLine is a command with the flags that were given, in the order of
// their names, without those that only say where the result goes.
func repeatLine(cmd *cobra.Command) string {
	words := []string{cmd.CommandPath()}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name == "html" || f.Name == "json" {
			return
		}
		name := "--" + f.Name
		list, isList := f.Value.(pflag.SliceValue)
		switch {
		case isList && f.Value.Type() == "stringSlice":
			words = append(words, name, pageWord(strings.Join(list.GetSlice(), ",")))
		case isList:
			for _, v := range list.GetSlice() {
				words = append(words, name, pageWord(v))
			}
		case f.Value.Type() == "bool" && f.Value.String() == "true":
			words = append(words, name)
		case f.Value.Type() == "bool":
			words = append(words, name+"="+f.Value.String())
		default:
			words = append(words, name, pageWord(f.Value.String()))
		}
	})
	return strings.Join(words, " ")
}

// pageWord is shellWord for texts that a page cannot hold: it quotes them in the
// way of bash that has names for all bytes.
func pageWord(text string) string {
	if visible(text) == text {
		return shellWord(text)
	}
	return "$'" + visible(strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(text)) + "'"
}

// visible is a text with the characters that a page cannot hold, control
// characters and bytes that are not UTF-8, as in \x07; those of keep remain.
func visible(text string, keep ...rune) string {
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if hidden(r, n) && !slices.Contains(keep, r) {
			for _, c := range []byte(text[:n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		} else {
			b.WriteString(text[:n])
		}
		text = text[n:]
	}
	return b.String()
}

// hidden reports whether a page cannot hold a rune that was decoded from n bytes.
func hidden(r rune, n int) bool {
	return r == utf8.RuneError && n == 1 || unicode.IsControl(r) || unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// engines are the modules that results depend on besides this one.
var engines = []string{"github.com/sarchlab/akita/v3", "github.com/tuneinsight/lattigo/v6"}

// programs are the versions that a result depends on.
func programs() report.Versions {
	list := report.Versions{{Program: "simulate", Version: programVersion()}, {Program: "Go", Version: runtime.Version()}}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if slices.Contains(engines, m.Path) {
				list = append(list, report.Version{Program: m.Path, Version: m.Version})
			}
		}
	}
	return list
}
