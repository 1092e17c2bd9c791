/** The way in. */
import { ask, Problem } from "@concord/client";
import { Button, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { api, session, setupNeeded } from "../../data/queries";
import { Entrance } from "../../shell/Entrance";
import { Note } from "../../ui/Note";
import { Password } from "../../ui/Password";

const route = getRouteApi("/signin");

export default function SignIn() {
  const { to } = route.useSearch();
  const router = useRouter();
  const cache = useQueryClient();
  const { data: setup } = useQuery(setupNeeded());
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { email: "", password: "" },
    validate: {
      email: (value) => (value.includes("@") ? null : "Please give your e-mail address"),
      password: (value) => (value ? null : "Please give your password"),
    },
  });
  const signIn = useMutation({
    mutationFn: (body: typeof form.values) => ask(api.POST("/session", { body })),
    onSuccess: (signedIn) => {
      cache.clear();
      cache.setQueryData(session().queryKey, signedIn);
      router.history.push(to ?? "/calendar");
    },
  });
  const failed = signIn.error instanceof Problem ? signIn.error : null;

  return (
    <Entrance title="Sign in" lead="Keep every calendar in agreement.">
      <form onSubmit={form.onSubmit((values) => signIn.mutate(values))} noValidate>
        <Stack>
          {setup?.needed && (
            <Note title="Nobody has an account here yet" tone="info">
              <Link to="/setup" search={{}}>Set Concord up</Link> with the code that it printed when it started.
            </Note>
          )}
          {failed && (
            <Note tone="error" role="alert" title={failed.code === "wrong_password" ? "E-mail or password is wrong" : "You could not be signed in"}>
              {failed.code === "wrong_password" ? "Check both and try again. Whoever runs this server can set a new password with “concord user passwd”." : failed.detail}
            </Note>
          )}
          <TextInput label="E-mail" type="email" autoComplete="username" size="md" key={form.key("email")} {...form.getInputProps("email")} />
          <Password label="Password" autoComplete="current-password" size="md" key={form.key("password")} {...form.getInputProps("password")} />
          <Button type="submit" size="md" loading={signIn.isPending}>Sign in</Button>
        </Stack>
      </form>
    </Entrance>
  );
}
