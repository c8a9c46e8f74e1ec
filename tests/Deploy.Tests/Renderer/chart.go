package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"github.com/xeipuuv/gojsonschema"
	"sigs.k8s.io/yaml"
)

// Chart is a chart's directory, read.
type Chart struct {
	metadata  map[string]interface{}
	values    map[string]interface{}
	schema    []byte
	templates map[string]string
	files     files
}

// files is .Files of a template.
type files map[string][]byte

// Get is the content of a file of the chart that is no template.
func (f files) Get(name string) (string, error) {
	content, ok := f[name]
	if !ok {
		return "", fmt.Errorf("the chart has no file %q", name)
	}
	return string(content), nil
}

// LoadChart reads a chart's directory.
func LoadChart(directory string) (*Chart, error) {
	chart := &Chart{templates: map[string]string{}, files: files{}}
	err := filepath.Walk(directory, func(name string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		relative, err := filepath.Rel(directory, name)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return chart.add(filepath.ToSlash(relative), content)
	})
	if err == nil && chart.metadata["name"] == nil {
		err = fmt.Errorf("%s holds no chart", directory)
	}
	return chart, err
}

func (chart *Chart) add(name string, content []byte) error {
	switch {
	case name == "Chart.yaml":
		if err := yaml.UnmarshalStrict(content, &chart.metadata); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	case name == "values.yaml":
		if err := yaml.UnmarshalStrict(content, &chart.values); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	case name == "values.schema.json":
		chart.schema = content
	case strings.HasPrefix(name, "templates/"):
		chart.templates[name] = string(content)
	default:
		chart.files[name] = content
	}
	return nil
}

// Render does what `helm template` does with the chart and the values of a case.
func (chart *Chart) Render(one Case) Result {
	values := merge(chart.values, one.Values)
	if err := chart.validate(values); err != nil {
		return Result{Error: err.Error()}
	}
	engine := newEngine(chart, chart.top(one, values))
	result := Result{Documents: []Document{}}
	names := make([]string, 0, len(chart.templates))
	for name := range chart.templates {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if shown, err := isShown(name, one.ShowOnly); err != nil || !shown {
			if err != nil {
				return Result{Error: err.Error()}
			}
			continue
		}
		text, err := engine.render(name)
		if err != nil {
			return Result{Error: err.Error()}
		}
		if path.Base(name) == "NOTES.txt" {
			result.Notes = text
			continue
		}
		documents, err := split(chart.name()+"/"+name, text)
		if err != nil {
			return Result{Error: err.Error()}
		}
		result.Documents = append(result.Documents, documents...)
	}
	return result
}

func isShown(template, pattern string) (bool, error) {
	if strings.HasPrefix(path.Base(template), "_") {
		return false, nil
	}
	if pattern == "" {
		return true, nil
	}
	return path.Match(pattern, template)
}

func (chart *Chart) name() string { return chart.metadata["name"].(string) }

// top is the dot that templates are run with.
func (chart *Chart) top(one Case, values map[string]interface{}) map[string]interface{} {
	metadata := map[string]interface{}{}
	for key, value := range chart.metadata {
		// Templates see the fields of a Go struct: .Chart.AppVersion.
		metadata[strings.ToUpper(key[:1])+key[1:]] = value
	}
	return map[string]interface{}{
		"Values": values,
		"Chart":  metadata,
		"Files":  chart.files,
		"Release": map[string]interface{}{
			"Name": one.Release, "Namespace": one.Namespace, "Service": "Helm", "Revision": 1, "IsUpgrade": false, "IsInstall": true,
		},
		"Capabilities": map[string]interface{}{
			"KubeVersion": map[string]interface{}{"Version": "v1.32.0", "GitVersion": "v1.32.0", "Major": "1", "Minor": "32"},
		},
	}
}

func (chart *Chart) validate(values map[string]interface{}) error {
	if chart.schema == nil {
		return nil
	}
	document, err := json.Marshal(values)
	if err != nil {
		return err
	}
	result, err := gojsonschema.Validate(gojsonschema.NewBytesLoader(chart.schema), gojsonschema.NewBytesLoader(document))
	if err != nil {
		return err
	}
	if result.Valid() {
		return nil
	}
	var text strings.Builder
	text.WriteString("values don't meet the specifications of the schema:")
	for _, problem := range result.Errors() {
		fmt.Fprintf(&text, "\n- %s", problem)
	}
	return fmt.Errorf("%s", text.String())
}

var separator = regexp.MustCompile(`(?m)^---\s*$`)

// split cuts a rendered template into its manifests; those without content are left out.
func split(template, text string) ([]Document, error) {
	var documents []Document
	for _, part := range separator.Split(text, -1) {
		object, err := yaml.YAMLToJSONStrict([]byte(part))
		if err != nil {
			return nil, fmt.Errorf("%s: not YAML: %w\n%s", template, err, part)
		}
		if bytes.Equal(object, []byte("null")) {
			continue
		}
		documents = append(documents, Document{Template: template, Text: strings.Trim(part, "\n"), Object: object})
	}
	return documents, nil
}

func readValues(file string) (map[string]interface{}, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	values := map[string]interface{}{}
	if err := yaml.UnmarshalStrict(content, &values); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return values, nil
}

// merge puts values over defaults, as Helm does: maps are merged, everything else is replaced, and null takes a default away.
func merge(defaults, values map[string]interface{}) map[string]interface{} {
	merged := map[string]interface{}{}
	for key, value := range defaults {
		merged[key] = value
	}
	for key, value := range values {
		_, known := merged[key]
		before, isMap := merged[key].(map[string]interface{})
		after, alsoMap := value.(map[string]interface{})
		switch {
		case value == nil && known:
			delete(merged, key)
		case isMap && alsoMap:
			merged[key] = merge(before, after)
		default:
			merged[key] = value
		}
	}
	return merged
}
