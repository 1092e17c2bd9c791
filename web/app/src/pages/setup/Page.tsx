/** The first minute of a new server: whoever has the code that it printed becomes its administrator. */
import { ask, Problem } from "@concord/client";
import { Button, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { api, session, setupNeeded } from "../../data/queries";
import { Entrance } from "../../shell/Entrance";
import { ButtonLink } from "../../shell/links";
import { Note } from "../../ui/Note";
import { Password } from "../../ui/Password";
import { ownZone, zones } from "../../ui/time";

const route = getRouteApi("/setup");
const shortest = 10;

export default function SetUp() {
  const { code } = route.useSearch();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const { data } = useQuery(setupNeeded());
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { code: code ?? "", name: "", email: "", password: "", zone: ownZone() },
    validate: {
      code: (value) => (value.trim() ? null : "Please give the code"),
      name: (value) => (value.trim() ? null : "Please give your name"),
      email: (value) => (/.+@.+/.test(value) ? null : "Please give your e-mail address"),
      password: (value) => (value.length >= shortest ? null : `At least ${shortest} characters`),
    },
  });
  const setUp = useMutation({
    mutationFn: (body: typeof form.values) => ask(api.POST("/setup", { body })),
    onSuccess: (signedIn) => {
      cache.clear();
      cache.setQueryData(session().queryKey, signedIn);
      void navigate({ to: "/connections", search: {} });
    },
    onError: (error) => {
      if (error instanceof Problem && error.field) form.setFieldError(error.field, error.detail);
    },
  });
  const failed = setUp.error instanceof Problem ? setUp.error : null;

  if (data && !data.needed) {
    return (
      <Entrance title="Concord is set up already" lead="This page works once, for the first account.">
        <ButtonLink to="/signin" size="md" fullWidth>Sign in</ButtonLink>
      </Entrance>
    );
  }
  return (
    <Entrance title="Welcome to Concord" lead="Make the first account. It is the administrator of this server.">
      <form onSubmit={form.onSubmit((values) => setUp.mutate(values))} noValidate>
        <Stack>
          {failed && !failed.field && <Note tone="error" role="alert" title="Concord was not set up">{failed.detail}</Note>}
          <TextInput label="One-time code" description="Concord printed it when it started." size="md" autoComplete="one-time-code" key={form.key("code")} {...form.getInputProps("code")} />
          <TextInput label="Your name" size="md" autoComplete="name" key={form.key("name")} {...form.getInputProps("name")} />
          <TextInput label="E-mail" type="email" size="md" autoComplete="username" key={form.key("email")} {...form.getInputProps("email")} />
          <Password label="Password" description={`At least ${shortest} characters`} size="md" autoComplete="new-password" key={form.key("password")} {...form.getInputProps("password")} />
          <Select label="Time zone" description="In which you read times" size="md" searchable data={zones()} key={form.key("zone")} {...form.getInputProps("zone")} allowDeselect={false} />
          <Button type="submit" size="md" loading={setUp.isPending}>Set up</Button>
        </Stack>
      </form>
    </Entrance>
  );
}
