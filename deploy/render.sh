#!/usr/bin/env bash
# Renders what is for those without Helm from the chart: deploy/kubernetes and deploy/grafana. A test compares.
# deploy/render.sh [DIRECTORY]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../build/packages.sh"
need_chart_renderer
target=${1:-$here}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$here/../tests/Deploy.Tests/Renderer" && GO111MODULE=off GOPATH=/usr/share/gocode CGO_ENABLED=0 go build -o "$scratch/renderer" .)

# render FILE TEMPLATES VALUES
render() {
    mkdir -p "$(dirname "$target/$1")"
    {
        echo "# Made by deploy/render.sh from deploy/helm/objectstore and deploy/$3; change those."
        "$scratch/renderer" template "$here/helm/objectstore" objectstore objectstore "$2" "$here/$3" |
            sed -e 's/app.kubernetes.io\/managed-by: Helm/app.kubernetes.io\/managed-by: kubectl/'
    } > "$target/$1"
}

render kubernetes/server/objectstore.yaml 'templates/server-*.yaml' kubernetes/server/values.yaml
render kubernetes/cosi-v1alpha1/cosi.yaml 'templates/cosi-*.yaml' kubernetes/cosi-v1alpha1/values.yaml
render kubernetes/cosi-v1alpha2/cosi.yaml 'templates/cosi-*.yaml' kubernetes/cosi-v1alpha2/values.yaml
render grafana/alerts.yaml 'templates/metrics-rules.yaml' grafana/values.yaml
cp "$here/helm/objectstore/files/dashboard.json" "$target/grafana/dashboard.json"
