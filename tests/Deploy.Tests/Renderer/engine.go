package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

// A template that includes itself would otherwise never end.
const maxIncludes = 1000

type engine struct {
	templates *template.Template
	top       map[string]interface{}
	problem   error
	depth     int
}

func newEngine(chart *Chart, top map[string]interface{}) *engine {
	engine := &engine{top: top}
	engine.templates = template.New("gotpl").Option("missingkey=zero").Funcs(engine.functions())
	for name, text := range chart.templates {
		if _, err := engine.templates.New(chart.name() + "/" + name).Parse(text); err != nil {
			engine.problem = err
		}
	}
	top["Template"] = map[string]interface{}{"BasePath": chart.name() + "/templates"}
	return engine
}

func (engine *engine) render(name string) (string, error) {
	if engine.problem != nil {
		return "", engine.problem
	}
	full := engine.top["Chart"].(map[string]interface{})["Name"].(string) + "/" + name
	return execute(engine.templates.Lookup(full), engine.top)
}

func execute(template *template.Template, dot interface{}) (string, error) {
	var output strings.Builder
	if err := template.Execute(&output, dot); err != nil {
		return "", err
	}
	if strings.Contains(output.String(), "<no value>") {
		return "", fmt.Errorf("%s prints a value that does not exist:\n%s", template.Name(), output.String())
	}
	return output.String(), nil
}

// functions is what Helm gives to templates: sprig without the environment, and its own.
func (engine *engine) functions() template.FuncMap {
	functions := sprig.TxtFuncMap()
	delete(functions, "env")
	delete(functions, "expandenv")
	for name, function := range (template.FuncMap{
		"toYaml":        toYaml,
		"toJson":        toJSON,
		"fromYaml":      fromYaml,
		"fromYamlArray": fromYamlArray,
		"include":       engine.include,
		"tpl":           engine.tpl,
		"required":      required,
		"fail":          func(message string) (string, error) { return "", fmt.Errorf("execution error: %s", message) },
		// As in `helm template`: there is no cluster to look into.
		"lookup": func(string, string, string, string) map[string]interface{} { return map[string]interface{}{} },
	}) {
		functions[name] = function
	}
	return functions
}

func (engine *engine) include(name string, dot interface{}) (string, error) {
	engine.depth++
	defer func() { engine.depth-- }()
	if engine.depth > maxIncludes {
		return "", fmt.Errorf("%s includes itself", name)
	}
	found := engine.templates.Lookup(name)
	if found == nil {
		return "", fmt.Errorf("there is no template %q", name)
	}
	return execute(found, dot)
}

func (engine *engine) tpl(text string, dot interface{}) (string, error) {
	clone, err := engine.templates.Clone()
	if err != nil {
		return "", err
	}
	parsed, err := clone.New("tpl").Parse(text)
	if err != nil {
		return "", err
	}
	return execute(parsed, dot)
}

func required(message string, value interface{}) (interface{}, error) {
	if text, isText := value.(string); value == nil || (isText && text == "") {
		return value, fmt.Errorf("execution error: %s", message)
	}
	return value, nil
}

func toYaml(value interface{}) (string, error) {
	text, err := yaml.Marshal(value)
	return strings.TrimSuffix(string(text), "\n"), err
}

func toJSON(value interface{}) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}

func fromYaml(text string) (map[string]interface{}, error) {
	value := map[string]interface{}{}
	return value, yaml.Unmarshal([]byte(text), &value)
}

func fromYamlArray(text string) ([]interface{}, error) {
	value := []interface{}{}
	return value, yaml.Unmarshal([]byte(text), &value)
}
