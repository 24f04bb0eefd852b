package report

import (
	"fmt"
	"strings"
)

// A Paragraph is running text.
type Paragraph string

func (Paragraph) kind() string { return "paragraph" }

func (p Paragraph) validate() error { return named("text", string(p)) }

// A Listing is text that keeps its lines, as a file.
type Listing struct {
	Caption string
	Text    string // lines end in \n; tabs are kept
}

func (Listing) kind() string { return "listing" }

func (l Listing) validate() error {
	if err := named("caption", l.Caption); err != nil {
		return err
	}
	return named("text", strings.NewReplacer("\n", " ", "\t", " ").Replace(l.Text))
}

// Commands are what to type to get the numbers again.
type Commands []Command

// A Command is one line of a shell.
type Command struct {
	Purpose string // what it does
	Line    string
}

func (Commands) kind() string { return "commands" }

func (c Commands) validate() error {
	if len(c) == 0 {
		return fmt.Errorf("there is no command, want at least one")
	}
	for i, one := range c {
		if err := named(fmt.Sprintf("purpose of command %d", i+1), one.Purpose); err != nil {
			return err
		}
		if err := named(fmt.Sprintf("line of command %d", i+1), one.Line); err != nil {
			return err
		}
	}
	return nil
}

// shell is the commands with their purposes as comments.
func (c Commands) shell() string {
	var b strings.Builder
	for i, one := range c {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("# " + one.Purpose + "\n" + one.Line + "\n")
	}
	return b.String()
}

// Versions are the programs that the numbers depend on.
type Versions []Version

// A Version names one program.
type Version struct {
	Program string
	Version string
}

func (Versions) kind() string { return "versions" }

func (v Versions) validate() error {
	if len(v) == 0 {
		return fmt.Errorf("there is no version, want at least one")
	}
	for i, one := range v {
		if err := named(fmt.Sprintf("program %d", i+1), one.Program); err != nil {
			return err
		}
		if err := named("version of "+one.Program, one.Version); err != nil {
			return err
		}
	}
	return nil
}

// table is the versions as a table.
func (v Versions) table() Table {
	t := Table{Caption: "Versions.", Columns: []Column{{Name: "program"}, {Name: "version"}}}
	for _, one := range v {
		t.Rows = append(t.Rows, []Cell{Text(one.Program), Text(one.Version)})
	}
	return t
}
