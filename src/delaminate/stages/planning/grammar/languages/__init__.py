"""Other languages than English: small tables of words, and a sentence in English words and English order."""
