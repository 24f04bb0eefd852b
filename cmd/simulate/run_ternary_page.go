package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"lockstep/report"
	"lockstep/ternary/core"
)

// document is a run of text as a page.
func (g *generation) document(f ternaryFlags, m languageModel) (*report.Document, error) {
	d := &report.Document{Title: "Ternary language model " + visible(g.Model)}
	switch {
	case g.Core == nil:
		d.Abstract = "Text of the golden model in floating point: no machine, no cycles."
	case len(g.Tokens) == 0:
		d.Abstract = fmt.Sprintf("%d tokens on the simulated ternary core %s, timed without values.", g.Core.Tokens, f.machine)
	default:
		d.Abstract = fmt.Sprintf("%d tokens on the simulated ternary core %s, prompt included, and the text that they make.", g.Core.Tokens, f.machine)
	}
	if g.Core != nil {
		d.Sections = append(d.Sections, report.Section{Title: "Result", Blocks: g.result()})
	}
	if len(g.Tokens) > 0 {
		d.Sections = append(d.Sections, report.Section{Title: "Text", Blocks: g.textBlocks()})
	}
	if g.Core != nil {
		d.Sections = append(d.Sections,
			report.Section{Title: "Utilisation", Blocks: append(utilisation(coreUses(g.Core),
				"A memory port is busy in the cycles of its beats. "+core.WeightsNote), portTable(g.Core), stallTable(g.Core))},
			report.Section{Title: "Bounds", Blocks: boundBlocks(g.Core)},
			report.Section{Title: "Energy", Blocks: g.blocks(g.Core.Tokens*g.Core.Sequences, "per token", "of the run")})
	}
	configuration, err := g.configuration(f, m)
	d.Sections = append(d.Sections, report.Section{Title: "Configuration", Blocks: configuration})
	return d, err
}

func (g *generation) result() []report.Block {
	s := g.Core
	_, bound := s.Bounds.Largest()
	clock := fmt.Sprintf("at %.6g MHz, %d sequences", float64(s.ClockHz)/1e6, s.Sequences)
	figures := report.KeyFigures{
		{Name: "tokens per second", Value: s.TokensPerSec, Unit: "token/s", Source: "cycles at the clock", Format: report.Significant(5), Note: clock},
		{Name: "cycles per token", Value: s.MeanCycles, Unit: "cycle", Source: eventModel, Format: report.Fixed(0)},
		{Name: "products / cycles", Value: s.MatrixShare, Unit: "1", Source: eventModel, Format: report.Percent(1), Note: "from first to last weight beat; the bound is the " + bound},
		{Name: "moved per token", Value: float64(s.BytesPerToken), Unit: "byte", Source: eventModel},
	}
	blocks := []report.Block{figures, report.Paragraph("What limits: " + s.Limit + "."),
		factTable("Work and rate.", eventModel,
			fact{name: "tokens, prompt included", value: float64(s.Tokens), unit: "token"}, fact{name: "cycles of all tokens", value: float64(s.Cycles), unit: "cycle"},
			fact{name: "mean cycles per token", value: s.MeanCycles, unit: "cycle"}, fact{name: "clock", value: float64(s.ClockHz), unit: "Hz"},
			fact{name: "time of a token", value: s.MeanCycles / float64(s.ClockHz), unit: "s"},
			fact{name: "sequences at a time", value: float64(s.Sequences), unit: "sequence"}, fact{name: "rate of all sequences", value: s.TokensPerSec, unit: "token/s"},
			fact{name: "instructions per token", value: float64(s.Instructions), unit: "instruction"}, fact{name: "bytes per token, all ports", value: float64(s.BytesPerToken), unit: "byte"},
			fact{name: "products / cycles", value: s.MatrixShare, unit: "1"})}
	return append(blocks, tokenCycles(s.CyclesPerToken)...)
}

// tokenCycles is the cycles of every token: a row for each run of equal ones,
// or all of them as text where that would be a long table.
func tokenCycles(cycles []int64) []report.Block {
	const mostRows = 100
	count := func(name string) report.Column {
		return report.Column{Name: name, Unit: "1", Source: "order of the tokens"}
	}
	t := report.Table{Caption: "Cycles of each token.", Columns: []report.Column{count("first token"), count("last token"), {Name: "each takes", Unit: "cycle", Source: eventModel}}}
	var all []string
	for i := 0; i < len(cycles); {
		end := i
		for end < len(cycles) && cycles[end] == cycles[i] {
			all = append(all, strconv.FormatInt(cycles[i], 10))
			end++
		}
		t.Rows = append(t.Rows, []report.Cell{report.Number(float64(i + 1)), report.Number(float64(end)), report.Number(float64(cycles[i]))})
		i = end
	}
	switch {
	case len(t.Rows) == 0:
		return nil
	case len(t.Rows) > mostRows:
		return []report.Block{report.Listing{Caption: "Cycles of each token, in order", Text: wrapped(all)}}
	}
	return []report.Block{t}
}

// wrapped is words in lines of at most 96 characters.
func wrapped(words []string) string {
	var b strings.Builder
	column := 0
	for _, w := range words {
		switch {
		case column > 0 && column+1+len(w) > 96:
			b.WriteString("\n")
			column = 0
		case column > 0:
			b.WriteString(" ")
			column++
		}
		b.WriteString(w)
		column += len(w)
	}
	return b.String() + "\n"
}

// textBlocks is the prompt and what every lane made of it.
func (g *generation) textBlocks() []report.Block {
	blocks := []report.Block{textListing("Prompt", g.Prompt)}
	if len(g.Lanes) == 0 {
		return append(blocks, textListing("Generated after the prompt", g.Text), tokenListing("Tokens generated", g.Tokens))
	}
	for l, lane := range g.Lanes {
		blocks = append(blocks, textListing(fmt.Sprintf("Lane %d: generated after the prompt", l+1), lane.Text),
			tokenListing(fmt.Sprintf("Lane %d: tokens generated", l+1), lane.Tokens))
	}
	return blocks
}

// textListing shows text that a model has read or made, quoted if nothing of it
// would be seen.
func textListing(caption, text string) report.Listing {
	if strings.TrimSpace(text) == "" {
		return report.Listing{Caption: caption + ", quoted", Text: strconv.Quote(text)}
	}
	return report.Listing{Caption: caption, Text: visible(text, '\n', '\t')}
}

func tokenListing(caption string, tokens []int) report.Listing {
	words := make([]string, len(tokens))
	for i, t := range tokens {
		words[i] = strconv.Itoa(t)
	}
	return report.Listing{Caption: fmt.Sprintf("%s, %d ids", caption, len(tokens)), Text: wrapped(words)}
}

// coreUses are the units and memory ports of the core.
func coreUses(s *core.Summary) []unitUse {
	var list []unitUse
	for _, u := range s.Units {
		list = append(list, unitUse{name: u.Name, operations: float64(u.Ops), busy: float64(u.BusyCycles), utilisation: u.Utilisation, bytes: float64(u.Bytes)})
	}
	for _, p := range s.Ports {
		list = append(list, unitUse{name: p.Name, port: true, utilisation: p.Utilisation, bytes: float64(p.BytesRead + p.BytesWritten)})
	}
	return list
}

// portTable is the traffic of the memory ports.
func portTable(s *core.Summary) report.Table {
	t := report.Table{Caption: "Traffic of each memory port.", Columns: []report.Column{{Name: "port"}, {Name: "read", Unit: "byte", Source: eventModel},
		{Name: "written", Unit: "byte", Source: eventModel}, {Name: "beats / cycles", Unit: "1", Source: eventModel, Format: report.Percent(1)}}}
	for _, p := range s.Ports {
		t.Rows = append(t.Rows, []report.Cell{report.Text(p.Name), report.Number(float64(p.BytesRead)), report.Number(float64(p.BytesWritten)), report.Number(p.Utilisation)})
	}
	return t
}

// stallReasons are the keys of core.Summary.Stalls in words.
var stallReasons = map[string]string{
	"raw":       "an operand is not there yet (read after write)",
	"waw":       "the result before is not there yet (write after write)",
	"war":       "a reader of the register has not finished (write after read)",
	"unit_busy": "the unit takes no instruction",
}

// stallTable is why no instruction was issued.
func stallTable(s *core.Summary) report.Table {
	t := report.Table{Caption: "Cycles in which no instruction was issued.", Columns: []report.Column{{Name: "reason"}, {Name: "meaning"},
		{Name: "time", Unit: "cycle", Source: eventModel}, {Name: "share", Unit: "1", Source: "of all cycles", Format: report.Percent(1)}}}
	for _, reason := range slices.Sorted(maps.Keys(s.Stalls)) {
		n := float64(s.Stalls[reason])
		t.Rows = append(t.Rows, []report.Cell{report.Text(strings.ReplaceAll(reason, "_", " ")), report.Text(stallReasons[reason]), report.Number(n), report.Number(n / float64(max(1, s.Cycles)))})
	}
	return t
}

// boundBlocks is the cycles of a token beside what no schedule beats.
func boundBlocks(s *core.Summary) []report.Block {
	bounds := []fact{
		{name: "the run", value: s.MeanCycles, unit: "cycle", note: "mean cycles per token"},
		{name: "matrix unit", value: s.Bounds.Matrix, unit: "cycle", note: "ternary weights / TP"},
		{name: "weight port", value: s.Bounds.Weights, unit: "cycle", note: "weight bytes / bandwidth of the port"},
		{name: "vector port", value: s.Bounds.Vectors, unit: "cycle", note: "vector bytes / bandwidth of the port"},
	}
	largest, name := s.Bounds.Largest()
	share := fact{name: "largest bound / the run", value: largest / max(1, s.MeanCycles), unit: "1", note: name}
	return []report.Block{cycleBars("Cycles of a token, and what each resource would take alone.", bounds...),
		factTable("Roofline: bounds of a token.", eventModel, append(bounds, share)...)}
}

// configuration is the model, the numbers, the sampler and the machine.
func (g *generation) configuration(f ternaryFlags, m languageModel) ([]report.Block, error) {
	words := [][2]string{{"model", g.Model}, {"numbers", g.Numbers}}
	if g.Core != nil {
		words = append(words, [2]string{"machine preset", f.machine}, [2]string{"format of vectors", f.numbers.vector}, [2]string{"logistic function", f.numbers.sigmoid})
	}
	facts := []fact{
		{name: "layers", value: float64(m.shape.Layers), unit: "layer"}, {name: "elements of the residual stream", value: float64(m.shape.Hidden), unit: "element"},
		{name: "elements of the channel mixer", value: float64(m.shape.Intermediate), unit: "element"}, {name: "vocabulary", value: float64(m.shape.Vocab), unit: "token"},
		{name: "ternary weights", value: float64(m.shape.TernaryCount()), unit: "trit"},
	}
	facts = append(facts, fact{name: "tokens asked for", value: float64(f.tokens), unit: "token"})
	if len(g.Tokens) > 0 {
		facts = append(facts, fact{name: "temperature", value: f.sampling.Temperature, unit: "1", note: "0 takes the most likely token"},
			fact{name: "top k", value: float64(f.sampling.TopK), unit: "token", note: "0 is all"}, fact{name: "top p", value: f.sampling.TopP, unit: "1"})
		words = append(words, [2]string{"seed of the sampler", strconv.FormatUint(f.sampling.Seed, 10)})
	}
	blocks := []report.Block{wordTable("The run.", words...), factTable("Model and sampler.", fromSettings, facts...)}
	if g.Core == nil {
		return blocks, nil
	}
	machine, err := settingTable("The machine, in the keys of --set.", g.Core.Config, coreSettings)
	if err != nil {
		return nil, err
	}
	latencies, err := settingTable("Latencies, read from the RTL.", g.Core.Timing, timingSettings)
	return append(blocks, machine, latencies), err
}
