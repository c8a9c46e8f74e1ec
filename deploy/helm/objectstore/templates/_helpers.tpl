{{- define "objectstore.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Names of pods have the StatefulSet's and a hash behind it: 52 characters leave room. */}}
{{- define "objectstore.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "objectstore.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "objectstore.commonLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: objectstore
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "objectstore.selectorLabels" -}}
app.kubernetes.io/name: {{ include "objectstore.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end -}}

{{- define "objectstore.labels" -}}
{{ include "objectstore.selectorLabels" . }}
{{ include "objectstore.commonLabels" . }}
{{- end -}}

{{/* Takes {image, chart}. */}}
{{- define "objectstore.image" -}}
{{- if .image.digest -}}
{{- printf "%s@%s" .image.repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" .image.repository (default .chart.AppVersion .image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "objectstore.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "objectstore.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "objectstore.rootSecretName" -}}
{{- default (printf "%s-root" (include "objectstore.fullname" .)) .Values.rootCredentials.existingSecret -}}
{{- end -}}

{{- define "objectstore.tlsSecretName" -}}
{{- if .Values.tls.existingSecret -}}
{{- .Values.tls.existingSecret -}}
{{- else if .Values.tls.certManager.enabled -}}
{{- printf "%s-tls" (include "objectstore.fullname" .) -}}
{{- else -}}
{{- fail "tls.enabled needs tls.existingSecret or tls.certManager.enabled" -}}
{{- end -}}
{{- end -}}

{{- define "objectstore.scheme" -}}
{{- if .Values.tls.enabled }}https{{ else }}http{{ end -}}
{{- end -}}

{{- define "objectstore.host" -}}
{{- printf "%s.%s.svc.%s" (include "objectstore.fullname" .) .Release.Namespace .Values.clusterDomain -}}
{{- end -}}

{{- define "objectstore.endpoint" -}}
{{- printf "%s://%s:%v" (include "objectstore.scheme" .) (include "objectstore.host" .) .Values.service.port -}}
{{- end -}}

{{/* An existing secret is read only if it is the chart's own: so the password is chosen once. */}}
{{- define "objectstore.rootPassword" -}}
{{- $secret := lookup "v1" "Secret" .Release.Namespace (include "objectstore.rootSecretName" .) -}}
{{- $data := default (dict) (get $secret "data") -}}
{{- if .Values.rootCredentials.password -}}
{{- .Values.rootCredentials.password | b64enc -}}
{{- else if hasKey $data .Values.rootCredentials.passwordKey -}}
{{- get $data .Values.rootCredentials.passwordKey -}}
{{- else -}}
{{- randAlphaNum 40 | b64enc -}}
{{- end -}}
{{- end -}}


{{- define "objectstore.dnsEgress" -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- end -}}

{{- define "objectstore.cosi.fullname" -}}
{{- printf "%s-cosi" (include "objectstore.fullname" .) -}}
{{- end -}}

{{- define "objectstore.cosi.selectorLabels" -}}
app.kubernetes.io/name: {{ include "objectstore.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: cosi-driver
{{- end -}}

{{- define "objectstore.cosi.labels" -}}
{{ include "objectstore.cosi.selectorLabels" . }}
{{ include "objectstore.commonLabels" . }}
{{- end -}}

{{- define "objectstore.cosi.serviceAccountName" -}}
{{- if .Values.cosi.serviceAccount.create -}}
{{- default (include "objectstore.cosi.fullname" .) .Values.cosi.serviceAccount.name -}}
{{- else -}}
{{- required "cosi.serviceAccount.create false needs cosi.serviceAccount.name" .Values.cosi.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The secret with the certificates that the driver trusts; nothing where the system's do. */}}
{{- define "objectstore.cosi.caSecret" -}}
{{- if .Values.cosi.server.caSecret.name -}}
{{- .Values.cosi.server.caSecret.name -}}
{{- else if and .Values.tls.enabled .Values.tls.caKey (not .Values.cosi.server.url) -}}
{{- include "objectstore.tlsSecretName" . -}}
{{- end -}}
{{- end -}}

{{- define "objectstore.cosi.caKey" -}}
{{- if .Values.cosi.server.caSecret.name -}}
{{- .Values.cosi.server.caSecret.key -}}
{{- else -}}
{{- .Values.tls.caKey -}}
{{- end -}}
{{- end -}}

{{- define "objectstore.urlPort" -}}
{{- $url := urlParse . -}}
{{- $port := regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) -}}
{{- default (ternary "443" "80" (eq $url.scheme "https")) $port -}}
{{- end -}}
