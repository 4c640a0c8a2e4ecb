"""What estimators have in common that are wrapped around another one."""
