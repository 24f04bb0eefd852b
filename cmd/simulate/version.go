package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"lockstep/tool"
)

// version is the release; the build adds the commit.
const version = "0.1.0"

type versions struct {
	Version string      `json:"version"`
	Commit  string      `json:"commit,omitempty"`
	Go      string      `json:"go"`
	Tools   []tool.Tool `json:"tools"`
}

func currentVersions() versions {
	v := versions{Version: version, Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Commit = s.Value
			}
		}
	}
	for _, name := range tool.Names {
		t, err := tool.Find(name)
		if err != nil {
			t = tool.Tool{Name: name, Version: "not installed"}
		}
		v.Tools = append(v.Tools, t)
	}
	return v
}

func versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version, and those of the tools found",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v := currentVersions()
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), v)
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "simulate %s %s %s\n", v.Version, v.Commit, v.Go)
			for _, t := range v.Tools {
				fmt.Fprintf(out, "%s %s\n", t.Name, t.Version)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}
