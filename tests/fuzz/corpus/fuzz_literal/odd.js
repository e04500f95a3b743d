{a: 1,
 /* \u00e9 */ "b": '\x41\u{1F600}\
', c: null, d: undefined, e: [,]}