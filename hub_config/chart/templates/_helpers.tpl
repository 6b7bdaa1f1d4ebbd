{{- define "gemini.name" -}}
gemini-control-plane
{{- end }}

{{- define "gemini.selector" -}}
app.kubernetes.io/name: gemini
app.kubernetes.io/component: control-plane
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "gemini.labels" -}}
{{ include "gemini.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "gemini.prefix" -}}
{{ .Values.prefix | default .Release.Namespace }}
{{- end }}

{{- define "gemini.image" -}}
{{ .Values.image.name }}:{{ .Values.image.tag }}
{{- end }}

{{- /* People's work is root and owns what it writes: so is the control plane, with these rights and no other. */}}
{{- define "gemini.securityContext" -}}
runAsUser: 0
runAsGroup: 0
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
  add: [CHOWN, DAC_OVERRIDE, FOWNER]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "gemini.database" -}}
{{- if .Values.database.url -}}
{name: gemini-secrets, key: database-url}
{{- else -}}
{name: {{ .Values.database.existingSecret }}, key: {{ .Values.database.key }}}
{{- end }}
{{- end }}

{{- define "gemini.dns" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- end }}
