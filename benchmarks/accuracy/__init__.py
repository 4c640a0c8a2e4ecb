"""How accurate the estimators are, beside each other and beside published figures."""
