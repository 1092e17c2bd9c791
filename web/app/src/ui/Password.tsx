import { PasswordInput, type PasswordInputProps } from "@mantine/core";

/** A password's field, which can show what was typed, and tells screen readers when it was refused. */
export function Password({ error, ...rest }: PasswordInputProps) {
  return <PasswordInput {...rest} error={error} aria-invalid={!!error || undefined} visibilityToggleButtonProps={{ "aria-label": "Show or hide the password" }} />;
}
