/** What each named switch of the tolerant dialect means, for "What we bent for this client". */

const EXPLAINED: Record<string, string> = {
  opCase: "PATCH op in another case, such as “Replace”",
  messageKeyCase: "Message keys in another case",
  booleanText: "Booleans sent as the texts “True” and “False”",
  numberAsText: "A number sent where text is due",
  createFromFilter: "PATCH on a filtered value that was missing made it",
  dottedKeys: "Dotted names used as keys in a PATCH value",
  clearWithEmptyText: "An empty text cleared an attribute",
  removeWithValue: "PATCH remove with a value list removed only those",
  bareValue: "A bare id where an object is due",
  listForSingle: "A list of one where a single value is due",
  singleForList: "A single value where a list is due",
  managerId: "manager.managerId read as manager.value",
  unknownAttribute: "Attributes no schema knows were left out",
  unknownSchema: "Schema URIs the resource does not have were ignored",
  undeclaredExtension: "Extension data not listed in schemas",
  missingSchemas: "A message or resource without schemas",
  readOnlyIgnored: "Read-only attributes were left out",
  emptyOperations: "An empty list of PATCH operations",
  severalPrimaries: "More than one value marked primary; the last one stays",
  bareWord: "A filter value without quotes",
  subAttributeAfterFilter: "A sub-attribute after a value filter in a filter",
  unknownFilterAttribute: "A filter on an attribute no schema knows",
  booleanTextInFilter: "A boolean compared with text in a filter",
  dottedExtension: "A dot between an extension’s URN and its attribute",
  unknownPath: "A PATCH path no schema knows was left out",
};

export function explainDeviation(name: string): string {
  return EXPLAINED[name] ?? name;
}
