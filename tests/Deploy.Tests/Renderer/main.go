// Renders the chart as `helm template` does, with the same template engine, function library, YAML package and schema
// validator, all of them packaged by Debian, which Helm itself is not. It knows what the chart uses and no more: no
// subcharts, no hooks, no cluster (lookup finds nothing).
//
//	renderer template CHART RELEASE NAMESPACE SHOW-ONLY [VALUES.yaml...]   manifests of templates that match a pattern
//	renderer batch CHART < cases.json                                      many cases at once, results as JSON
//	renderer values CHART                                                  its values as JSON
//	renderer json FILE.yaml                                                the documents of any YAML file as JSON
//
// Stricter than Helm: a value that does not exist, where one is printed, is an error, and so is a key that a manifest has twice.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Case is one rendering that is asked for.
type Case struct {
	Release   string                 `json:"release"`
	Namespace string                 `json:"namespace"`
	Values    map[string]interface{} `json:"values"`
	// A pattern of path.Match that names of templates have to match; all when empty.
	ShowOnly string `json:"showOnly"`
}

// Result is what became of a case: manifests, or the error that Helm's user would see.
type Result struct {
	Error     string     `json:"error,omitempty"`
	Notes     string     `json:"notes"`
	Documents []Document `json:"documents"`
}

// Document is one manifest.
type Document struct {
	Template string          `json:"template"`
	Text     string          `json:"text"`
	Object   json.RawMessage `json:"object"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	switch {
	case len(arguments) >= 5 && arguments[0] == "template":
		return renderOne(arguments[1], Case{Release: arguments[2], Namespace: arguments[3], ShowOnly: arguments[4]}, arguments[5:])
	case len(arguments) == 2 && arguments[0] == "batch":
		return batch(arguments[1])
	case len(arguments) == 2 && arguments[0] == "json":
		content, err := os.ReadFile(arguments[1])
		if err != nil {
			return err
		}
		documents, err := split(arguments[1], string(content))
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(documents)
	case len(arguments) == 2 && arguments[0] == "values":
		chart, err := LoadChart(arguments[1])
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(chart.values)
	}
	return fmt.Errorf("usage: renderer template CHART RELEASE NAMESPACE SHOW-ONLY [VALUES.yaml...] | renderer batch CHART | renderer values CHART | renderer json FILE.yaml")
}

func renderOne(chartDirectory string, one Case, valueFiles []string) error {
	chart, err := LoadChart(chartDirectory)
	if err != nil {
		return err
	}
	one.Values = map[string]interface{}{}
	for _, file := range valueFiles {
		more, err := readValues(file)
		if err != nil {
			return err
		}
		one.Values = merge(one.Values, more)
	}
	result := chart.Render(one)
	if result.Error != "" {
		return fmt.Errorf("%s", result.Error)
	}
	for _, document := range result.Documents {
		fmt.Printf("---\n# Source: %s\n%s\n", document.Template, document.Text)
	}
	return nil
}

func batch(chartDirectory string) error {
	chart, err := LoadChart(chartDirectory)
	if err != nil {
		return err
	}
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	var cases []Case
	if err := json.Unmarshal(input, &cases); err != nil {
		return err
	}
	results := make([]Result, len(cases))
	for i, one := range cases {
		results[i] = chart.Render(one)
	}
	return json.NewEncoder(os.Stdout).Encode(results)
}
