// LegacyGGML
