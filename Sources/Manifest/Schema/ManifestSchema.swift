/// The JSON Schema (2020-12) of manifests, for editors: the agent writes it to `.staled/staled.schema.json`.
///
/// It judges structure: members, types, words, the forms of durations. What needs more than that – patterns, ids,
/// circles, captures – only `Manifest.read` judges.
public enum ManifestSchema {
  /// Where it is written, relative to the workspace root: what `$schema` points to.
  public static let path = ".staled/staled.schema.json"

  /// The schema, ending in a newline.
  public static let text = #"""
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "staled.json: what staled keeps fresh in a workspace",
      "type": "object",
      "required": ["version"],
      "additionalProperties": false,
      "properties": {
        "$schema": {"type": "string"},
        "version": {"const": 1, "description": "The version of this format."},
        "watch": {
          "type": "object", "additionalProperties": false,
          "properties": {
            "roots": {"$ref": "#/$defs/strings", "minItems": 1, "description": "Folders to watch; [\".\"] is the workspace."},
            "ignore": {"$ref": "#/$defs/strings", "description": "Patterns as in a .gitignore."},
            "gitignore": {"type": "boolean", "description": "Whether .gitignore files count too (true)."},
            "settle": {"$ref": "#/$defs/duration", "description": "The quiet time after the last change (50ms)."},
            "maxDelay": {"$ref": "#/$defs/duration", "description": "The longest from the first change of a batch to its end (1s)."}
          }
        },
        "defaults": {
          "type": "object", "additionalProperties": false,
          "allOf": [{"$ref": "#/$defs/timeless"}],
          "properties": {
            "namespace": {"$ref": "#/$defs/namespace", "description": "Where a bare key belongs (default)."},
            "strategy": {"$ref": "#/$defs/strategy"}, "ttl": {"$ref": "#/$defs/ttl"},
            "jitter": {"$ref": "#/$defs/jitter"}, "idle": {"$ref": "#/$defs/idle"},
            "keepStale": {"$ref": "#/$defs/keepStale"}, "predictive": {"$ref": "#/$defs/predictive"},
            "refresh": {"$ref": "#/$defs/refresh"}, "tagHierarchy": {"$ref": "#/$defs/tagHierarchy"}
          }
        },
        "namespaces": {
          "type": "object",
          "propertyNames": {"$ref": "#/$defs/namespace"},
          "additionalProperties": {
            "type": "object", "additionalProperties": false,
            "allOf": [{"$ref": "#/$defs/timeless"}],
            "properties": {
              "strategy": {"$ref": "#/$defs/strategy"}, "ttl": {"$ref": "#/$defs/ttl"},
              "jitter": {"$ref": "#/$defs/jitter"}, "idle": {"$ref": "#/$defs/idle"},
              "keepStale": {"$ref": "#/$defs/keepStale"}, "predictive": {"$ref": "#/$defs/predictive"},
              "refresh": {"$ref": "#/$defs/refresh"}, "tagHierarchy": {"$ref": "#/$defs/tagHierarchy"},
              "memory": {"$ref": "#/$defs/bounds"}, "disk": {"$ref": "#/$defs/bounds"}
            }
          }
        },
        "memory": {"$ref": "#/$defs/bounds", "description": "Bounds of the cache in memory, all namespaces together."},
        "disk": {"$ref": "#/$defs/bounds", "description": "Bounds of the cache on disk, all namespaces together."},
        "limits": {
          "type": "object", "additionalProperties": false,
          "properties": {
            "maxValueBytes": {"$ref": "#/$defs/count", "description": "Of one value (67108864)."},
            "maxBodyBytes": {"$ref": "#/$defs/count", "description": "Of one request's JSON (8388608)."},
            "maxDependencies": {"$ref": "#/$defs/count", "description": "Of one entry (100000)."},
            "maxTags": {"$ref": "#/$defs/count", "description": "Of one entry (1000)."},
            "maxConnections": {"$ref": "#/$defs/count", "description": "At the same time (1024)."}
          }
        },
        "tagHierarchy": {"$ref": "#/$defs/tagHierarchy"},
        "entries": {
          "type": "array",
          "items": {
            "type": "object", "required": ["key"], "additionalProperties": false,
            "allOf": [{"$ref": "#/$defs/timeless"}],
            "properties": {
              "key": {"type": "string", "minLength": 1, "maxLength": 4096},
              "namespace": {"$ref": "#/$defs/namespace"},
              "files": {"$ref": "#/$defs/files", "description": "Paths and globs."},
              "entries": {"$ref": "#/$defs/names", "description": "Keys in the same namespace, or entry:ns/key."},
              "resources": {"$ref": "#/$defs/names", "description": "Any ids."},
              "outputs": {"$ref": "#/$defs/names", "description": "Files that its maker writes."},
              "tags": {"$ref": "#/$defs/tags"},
              "warm": {"type": "boolean", "description": "Made at start (false)."},
              "strategy": {"$ref": "#/$defs/strategy"}, "ttl": {"$ref": "#/$defs/ttl"},
              "jitter": {"$ref": "#/$defs/jitter"}, "idle": {"$ref": "#/$defs/idle"},
              "keepStale": {"$ref": "#/$defs/keepStale"}, "predictive": {"$ref": "#/$defs/predictive"},
              "refresh": {"$ref": "#/$defs/refresh"}, "tagHierarchy": {"$ref": "#/$defs/tagHierarchy"}
            }
          }
        },
        "rules": {
          "type": "array",
          "items": {
            "type": "object", "required": ["files", "key"], "additionalProperties": false,
            "allOf": [{"$ref": "#/$defs/timeless"}],
            "properties": {
              "files": {
                "description": "The pattern, with captures {name} and {path...}; in a list, further files after it.",
                "oneOf": [
                  {"type": "string", "minLength": 1},
                  {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}
                ]
              },
              "key": {"type": "string", "minLength": 1, "maxLength": 4096, "description": "With captures filled in."},
              "namespace": {"$ref": "#/$defs/namespace"},
              "entries": {"$ref": "#/$defs/names", "description": "Keys in the same namespace, or entry:ns/key."},
              "resources": {"$ref": "#/$defs/names", "description": "Any ids; no captures here."},
              "outputs": {"$ref": "#/$defs/names", "description": "Files that its maker writes."},
              "tags": {"$ref": "#/$defs/tags"},
              "warm": {"type": "boolean", "description": "Made at start (false)."},
              "strategy": {"$ref": "#/$defs/strategy"}, "ttl": {"$ref": "#/$defs/ttl"},
              "jitter": {"$ref": "#/$defs/jitter"}, "idle": {"$ref": "#/$defs/idle"},
              "keepStale": {"$ref": "#/$defs/keepStale"}, "predictive": {"$ref": "#/$defs/predictive"},
              "refresh": {"$ref": "#/$defs/refresh"}, "tagHierarchy": {"$ref": "#/$defs/tagHierarchy"}
            }
          }
        },
        "events": {
          "type": "object",
          "propertyNames": {"minLength": 1, "maxLength": 255},
          "additionalProperties": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/selector"}}
        },
        "schedules": {
          "type": "array",
          "items": {
            "type": "object", "required": ["invalidate"], "additionalProperties": false,
            "properties": {
              "every": {"$ref": "#/$defs/duration"},
              "cron": {"type": "string", "minLength": 1, "description": "Minute, hour, day of the month, month, day of the week."},
              "timeZone": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*){0,2}$"},
              "invalidate": {"$ref": "#/$defs/selector"}
            },
            "oneOf": [
              {"required": ["every"], "not": {"required": ["timeZone"]}},
              {"required": ["cron"]}
            ],
            "not": {"required": ["every", "cron"]}
          }
        },
        "hooks": {
          "type": "array",
          "items": {
            "type": "object", "required": ["run"], "additionalProperties": false,
            "properties": {
              "when": {
                "type": "object", "additionalProperties": false, "description": "All that is given must match.",
                "properties": {
                  "tags": {"$ref": "#/$defs/tags"},
                  "namespaces": {"type": "array", "items": {"$ref": "#/$defs/namespace"}},
                  "keys": {"$ref": "#/$defs/names", "description": "Globs."},
                  "states": {"type": "array", "items": {"enum": ["fresh", "suspect", "stale", "expired", "missing"]}}
                }
              },
              "run": {"$ref": "#/$defs/command"},
              "timeout": {"$ref": "#/$defs/duration"}
            }
          }
        }
      },
      "$defs": {
        "strings": {"type": "array", "items": {"type": "string", "minLength": 1}},
        "names": {"type": "array", "items": {"type": "string", "minLength": 1}},
        "tags": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 255}},
        "files": {
          "oneOf": [{"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "string", "minLength": 1}}]
        },
        "namespace": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^/\\u0000-\\u001f\\u007f-\\u009f]*$"},
        "count": {"type": "integer", "minimum": 1},
        "duration": {
          "description": "\"250ms\", \"90s\", \"1h30m\", \"1d\", or a number of seconds.",
          "oneOf": [
            {"type": "number", "minimum": 0, "maximum": 3153600000},
            {
              "type": "string",
              "pattern": "^0$|^(?=[0-9])([0-9]+(\\.[0-9]+)?d)?([0-9]+(\\.[0-9]+)?h)?([0-9]+(\\.[0-9]+)?m)?([0-9]+(\\.[0-9]+)?s)?([0-9]+(\\.[0-9]+)?ms)?$"
            }
          ]
        },
        "strategy": {
          "enum": ["ttl", "event", "manual", "predictive", "hybrid"],
          "description": "What ends an entry: time, files, calls, time with refresh ahead, or all of them (hybrid)."
        },
        "ttl": {
          "description": "The time to live, or \"never\"; with 0 values are not stored.",
          "anyOf": [{"const": "never"}, {"$ref": "#/$defs/duration"}]
        },
        "jitter": {"type": "number", "minimum": 0, "maximum": 1, "description": "The share by which a time to live may be shortened."},
        "idle": {"allOf": [{"$ref": "#/$defs/duration"}, {"not": {"const": 0}}], "description": "The time without access after which an entry expires."},
        "keepStale": {"$ref": "#/$defs/duration", "description": "How long an expired value is kept for ?stale=allow."},
        "tagHierarchy": {"type": "boolean", "description": "Whether / separates levels in tags (false)."},
        "predictive": {
          "type": "object", "additionalProperties": false, "description": "When an entry is hot enough to be refreshed ahead.",
          "properties": {"threshold": {"$ref": "#/$defs/count"}, "window": {"$ref": "#/$defs/duration"}}
        },
        "bounds": {
          "type": "object", "additionalProperties": false,
          "properties": {"maxEntries": {"type": "integer", "minimum": 0}, "maxBytes": {"type": "integer", "minimum": 0}}
        },
        "command": {"type": "array", "minItems": 1, "items": {"type": "string"}, "prefixItems": [{"type": "string", "minLength": 1}]},
        "refresh": {
          "description": "How the agent makes an entry again: an argument array, or an object.",
          "oneOf": [
            {"$ref": "#/$defs/command"},
            {
              "type": "object", "required": ["run"], "additionalProperties": false,
              "properties": {
                "run": {"$ref": "#/$defs/command"},
                "on": {"type": "array", "minItems": 1, "items": {"enum": ["expiry", "invalidation"]}},
                "value": {"enum": ["stdout", "none"]},
                "timeout": {"$ref": "#/$defs/duration"}
              }
            }
          ]
        },
        "selector": {
          "type": "object", "additionalProperties": false,
          "anyOf": [
            {"required": ["keys"]}, {"required": ["tags"]}, {"required": ["namespaces"]}, {"required": ["resources"]},
            {"required": ["all"]}
          ],
          "properties": {
            "keys": {"$ref": "#/$defs/names"}, "tags": {"$ref": "#/$defs/names"}, "namespaces": {"$ref": "#/$defs/names"},
            "within": {"$ref": "#/$defs/names", "description": "Only entries of these namespaces are meant by tags."},
            "resources": {"$ref": "#/$defs/names"}, "all": {"type": "boolean"}, "soft": {"type": "boolean"},
            "cascade": {"type": "boolean"}
          },
          "if": {"required": ["within"]}, "then": {"required": ["tags"]}
        },
        "timeless": {
          "description": "A strategy without time has no time to live.",
          "if": {"required": ["strategy"], "properties": {"strategy": {"enum": ["event", "manual"]}}},
          "then": {"properties": {"ttl": false, "jitter": false, "idle": false}}
        }
      }
    }

    """#
}
