{{- define "carryover.name" -}}
{{- if contains "carryover" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-carryover" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end -}}
{{- end -}}

{{- define "carryover.tag" -}}{{ .Values.image.tag | default .Chart.AppVersion }}{{- end -}}

{{- define "carryover.secret" -}}{{ .Values.secret.existing | default (include "carryover.name" .) }}{{- end -}}

{{/* A tag as a part of a name. */}}
{{- define "carryover.slug" -}}{{ . | lower | replace "." "-" | replace "_" "-" | trunc 20 | trimSuffix "-" }}{{- end -}}

{{/* Call with (dict "root" $ "component" "api"). */}}
{{- define "carryover.selector" -}}
app.kubernetes.io/name: carryover
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "carryover.labels" -}}
{{ include "carryover.selector" . }}
app.kubernetes.io/version: {{ .tag | default (include "carryover.tag" .root) | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end -}}

{{- define "carryover.pod" -}}
serviceAccountName: {{ include "carryover.name" .root }}
automountServiceAccountToken: false
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: tmp
    emptyDir: {}
{{- end -}}

{{- define "carryover.spread" -}}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "carryover.selector" $ | nindent 8 }}
  {{- end }}
{{- end -}}

{{- define "carryover.container" -}}
image: {{ printf "%s:%s" .root.Values.image.repository (.tag | default (include "carryover.tag" .root)) | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
volumeMounts:
  - { name: tmp, mountPath: /tmp }
envFrom:
  - configMapRef: { name: {{ .config | default (include "carryover.name" .root) }} }
  - secretRef: { name: {{ .secret | default (include "carryover.secret" .root) }} }
{{- end -}}
