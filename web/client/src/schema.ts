// Generated from openapi.json by `npm run gen`; not to be changed by hand.

export interface paths {
    "/calendar/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists events by start. Without `expand`, a series is one item. */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Only what is not over by then: an instant, or a day on the clock of whoever asks.
                     * @example 2026-11-01
                     */
                    from?: string;
                    /**
                     * @description Only what begins before.
                     * @example 2026-12-01
                     */
                    to?: string;
                    /** @description Each occurrence of a series by itself. Needs `from` and `to`, 400 days apart at most. */
                    expand?: boolean;
                    /** @description Only those of that user. */
                    ownerId?: string;
                    /** @description Only bookings of that type. */
                    sessionType?: string;
                    /** @description Only bookings with that client. */
                    clientId?: string;
                    /** @description Only those that are in that calendar, or shall be. */
                    linkId?: string;
                    /** @description Only `confirmed`, `tentative` or `cancelled` ones. */
                    status?: string;
                    /** @description Only those that one joins by a link, or only those that one does not. */
                    isMeeting?: boolean;
                    /** @description Only those with this in their title. */
                    text?: string;
                    /** @description Only those that the platform knows under that id. */
                    externalRef?: string;
                    /** @description So many at most. Not with `expand`. */
                    limit?: number;
                    /** @description Where the page before has ended: its `next`. Not with `expand`. */
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_Event"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Makes an event. With an `externalRef` that there is already, that event is replaced instead. */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description asked for twice under one key, it is made once */
                    "Idempotency-Key"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EventInput"];
                };
            };
            responses: {
                /** @description it was there under its externalRef */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changed"];
                    };
                };
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changed"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One event. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Event"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Replaces an event, or an occurrence, whole: what is left out is at its default. */
        put: {
            parameters: {
                query?: {
                    /** @description `all` (the default), `this` or `following`. */
                    scope?: string;
                    /**
                     * @description Which occurrence `this` and `following` are about: when it would have begun.
                     * @example 20261120T090000
                     */
                    occurrence?: string;
                };
                header?: {
                    /** @description the ETag that it was read with */
                    "If-Match"?: string | null;
                    /** @description asked for twice under one key, it is done once */
                    "Idempotency-Key"?: string | null;
                };
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EventInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changed"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        /**
         * Deletes an event, an occurrence, or an occurrence and all that follow. A booking is cancelled, and stays to say so;
         *     deleted again, it is gone.
         */
        delete: {
            parameters: {
                query?: {
                    /** @description `all` (the default), `this` or `following`. */
                    scope?: string;
                    /**
                     * @description Which occurrence `this` and `following` are about: when it would have begun.
                     * @example 20261120T090000
                     */
                    occurrence?: string;
                };
                header?: {
                    /** @description the ETag that it was read with */
                    "If-Match"?: string | null;
                    /** @description asked for twice under one key, it is done once */
                    "Idempotency-Key"?: string | null;
                };
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Changes the fields of an event, or of an occurrence, that are given; null takes one away. */
        patch: {
            parameters: {
                query?: {
                    /** @description `all` (the default), `this` or `following`. */
                    scope?: string;
                    /**
                     * @description Which occurrence `this` and `following` are about: when it would have begun.
                     * @example 20261120T090000
                     */
                    occurrence?: string;
                };
                header?: {
                    /** @description the ETag that it was read with */
                    "If-Match"?: string | null;
                    /** @description asked for twice under one key, it is done once */
                    "Idempotency-Key"?: string | null;
                };
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EventInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changed"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/calendar/events/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an event was before each change, the latest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_Version"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/events/{id}/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Syncs one event to a calendar, or keeps it away from there. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Switch"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Event"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/events/{id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes back the last change of an event, or all since a revision. That is a change like any other. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Back"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Event"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/events/{id}/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says for each calendar whether an event is there, why or why not, and what happens next. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which event */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_Why"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendar/webhook/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A notice of a provider that something has changed in a calendar that is watched. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description from whom */
                    provider: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "*/*": string;
                };
            };
            responses: {
                /** @description heard */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description of no channel of ours */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/clients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The clients of the workspace. Those who are clients themselves see nobody else. */
        get: {
            parameters: {
                query?: {
                    /** @description Only those with this in their name or address. */
                    text?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_Client"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Adds a client. Not for clients. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewClient"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Client"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A stream of server-sent events: `event: change`, each with an id to resume from. A message carries no data but what
         *     to look at again.
         */
        get: {
            parameters: {
                query?: {
                    /** @description What was heard last. Browsers say it by themselves, with the header `Last-Event-ID`. */
                    lastEventId?: number;
                };
                header?: {
                    /** @description what was heard last */
                    "Last-Event-ID"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["Message"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The keys of the workspace; those who are no administrators see their own. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_ApiKey"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Makes a key. It is shown this once. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewKey"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Made"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes a key: from now on it opens nothing. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description which key */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who has signed in. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Session"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Signs in. The answer sets the cookie of the session. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Credentials"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Session"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Signs out. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Changes one's own password. Other sessions end. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewPassword"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session/user": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes one's own name or zone. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MyChange"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Session"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the first administrator has still to be made. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Setup"];
                    };
                };
            };
        };
        put?: never;
        /** Makes the first administrator, and signs them in. Works once, with the code that the program printed. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["First"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Session"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The people of the workspace. A client sees only themselves. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Items_User"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Adds somebody. For administrators. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewUser"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Provider"][];
                        };
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/connect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        provider: string;
                        redirectUri?: string;
                    };
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            authUrl: string;
                            state: string;
                        };
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Account"][];
                        };
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/calendars": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query: {
                    accountId: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Calendar"][];
                        };
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        accountId: string;
                        calendarId: string;
                        settings?: components["schemas"]["LinkSettingsChange"];
                    };
                };
            };
            responses: {
                /** @description ok */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LinkStatus"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query: {
                    accountId: string;
                    calendarId: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            comesIn: number;
                            goesOut: number;
                            duplicates: number;
                        };
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Status"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query: {
                    linkId: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LinkSettings"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["LinkSettingsChange"];
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LinkSettings"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        linkId?: string;
                        provider?: string;
                    };
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TestResult"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        linkId?: string;
                        provider?: string;
                    };
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LinkStatus"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        linkId?: string;
                        provider?: string;
                    };
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LinkStatus"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/sync-now": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        linkId?: string;
                        provider?: string;
                    };
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SyncStarted"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    offset?: number;
                    status?: string;
                    from?: string;
                    to?: string;
                    linkId?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Run"][];
                            total: number;
                        };
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/history/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/history/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            syncId: string | null;
                        };
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Waiting"][];
                        };
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/queue/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description done */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/queue/{id}/drop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description done */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/conflicts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    state?: "open" | "resolved";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Conflict"][];
                            total: number;
                        };
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/resolve-conflict": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Resolve"];
                };
            };
            responses: {
                /** @description ok */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            resolved: number;
                            items: components["schemas"]["Conflict"][];
                        };
                    };
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/plans/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        linkId: string;
                        hash: string;
                    };
                };
            };
            responses: {
                /** @description done */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedule/sync/disconnect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        provider?: string;
                        accountId?: string;
                        linkId?: string;
                        removeSynced: boolean;
                    };
                };
            };
            responses: {
                /** @description done */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A key, without what makes it one. */
        ApiKey: {
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            id: string;
            name: string;
            /** @description How it begins. */
            prefix: string;
            /** Format: date-time */
            revokedAt?: string | null;
            /**
             * @description `read`, `write` or `admin`.
             * @example write
             */
            scope: string;
            /**
             * Format: date-time
             * @description When it was last used, to some minutes.
             */
            usedAt?: string | null;
            /**
             * Format: uuid
             * @description For whom it acts.
             */
            userId: string;
        };
        /** @description A link to a file. */
        Attachment: {
            title?: string;
            url: string;
        };
        /** @description Somebody who is invited. */
        Attendee: {
            /** @description `awaited`, `accepted`, `tentative` or `declined`. */
            answer?: string;
            email: string;
            name?: string;
            /** @description `required`, `optional` or `resource`. */
            role?: string;
        };
        /** @description Where to go back to. */
        Back: {
            /**
             * Format: int64
             * @description The revision; before the last change, unless said.
             */
            rev?: number | null;
        };
        /** @description An event after a change. */
        Changed: components["schemas"]["Event"] & {
            next?: components["schemas"]["Event"] | null;
        };
        /** @description Somebody who books. */
        Client: {
            email?: string | null;
            /** Format: uuid */
            id: string;
            name: string;
            phone?: string | null;
        };
        /** @description Name and password. */
        Credentials: {
            email: string;
            /** Format: password */
            password: string;
        };
        /** @description One thing that happens; or, where `occurrence` is given, one of the times at which a series does. */
        Event: {
            allDay: boolean;
            attachments: components["schemas"]["Attachment"][];
            attendees: components["schemas"]["Attendee"][];
            /** @description `busy` or `free`. */
            availability: string;
            /** @description Whether this occurrence differs from its series. */
            changed?: boolean;
            clients: components["schemas"]["Named"][];
            /**
             * @description One of the eleven of the palette.
             * @example peacock
             */
            colour?: string | null;
            /** @description The link to join by, as the event says it. */
            conference: string;
            /** Format: date-time */
            createdAt: string;
            description: string;
            /** @description The same form. Of whole days, the day after the last. */
            end: string;
            extension: Record<string, never>;
            /** @description The platform's own id. */
            externalRef?: string | null;
            floating: boolean;
            /** Format: uuid */
            id: string;
            /** @description Whether one joins it by a link. */
            isMeeting: boolean;
            location: string;
            /** @description Who runs the room, where that is known. */
            meetingProvider?: string | null;
            /** @description The link, from wherever it stands. */
            meetingUrl?: string | null;
            /** @description The platform's own notes. Only the owner sees them. */
            notes: string;
            /**
             * @description Of a series, which occurrence this is: when it would have begun. Edits name it so.
             * @example 20261120T090000
             */
            occurrence?: string | null;
            organiser?: components["schemas"]["Person"] | null;
            /** @description `platform`, or `link` for what came in by a calendar. */
            origin: string;
            /** Format: uuid */
            originLinkId?: string | null;
            /** Format: uuid */
            ownerId: string;
            participants: string[];
            /** @description `default`, `public`, `private` or `confidential`. */
            privacy: string;
            /** @description Why whoever asks cannot change it; missing where they can. */
            readOnly?: string | null;
            recurrence?: components["schemas"]["Recurrence"] | null;
            /** @description Whether it is, or is part of, a series. */
            recurring: boolean;
            reminders: components["schemas"]["Reminders"];
            /**
             * Format: int64
             * @description Grows with every change; `ETag` is this in quotes.
             */
            rev: number;
            /** @description `one_on_one`, `group_class`, `assessment` or an own word. An event that has one is a booking. */
            sessionType?: string | null;
            /** @description `2026-11-20T09:00:00-05:00`; `2026-11-20` for whole days; `2026-11-20T09:00:00` where it floats. */
            start: string;
            /** @description `confirmed`, `tentative` or `cancelled`. */
            status: string;
            /** @description How it stands in each calendar of whoever asks. */
            sync: components["schemas"]["EventSync"][];
            tags: string[];
            title: string;
            /** @description Its name in the world, the same in every calendar. */
            uid: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description The IANA zone on whose clock it happens; null for whole days and floating times. */
            zone?: string | null;
        };
        /**
         * @description What is wanted of an event. When one is made or replaced, what is left out is at its default; when it is changed, it
         *     stays as it is, and null takes it away.
         */
        EventInput: {
            /** @default null */
            allDay?: boolean | null;
            /** @default null */
            attachments?: components["schemas"]["Attachment"][] | null;
            /** @default null */
            attendees?: components["schemas"]["Attendee"][] | null;
            /**
             * @description `busy` or `free`.
             * @default null
             */
            availability?: string | null;
            /**
             * @description Who books.
             * @default null
             */
            clients?: string[] | null;
            /**
             * @description One of the eleven of the palette.
             * @default null
             */
            colour?: string | null;
            /**
             * @description The link to join by.
             * @default null
             */
            conference?: string | null;
            /** @default null */
            description?: string | null;
            /**
             * @description The same; of whole days, the day after the last. An hour after the start unless said.
             * @default null
             * @example 2026-11-20T10:00:00
             */
            end?: string | null;
            /** @description Whatever else the platform wants kept. */
            extension?: Record<string, never> | null;
            /**
             * @description The platform's own id, unique in the workspace. Making an event under one that there is changes that one.
             * @default null
             */
            externalRef?: string | null;
            /** @default null */
            location?: string | null;
            /**
             * @description The platform's own notes. Only the owner sees them.
             * @default null
             */
            notes?: string | null;
            /**
             * Format: uuid
             * @description Whose it is. For administrators, when it is made; whoever asks, unless said.
             * @default null
             */
            ownerId?: string | null;
            /**
             * @description Users other than the owner whose calendars it reaches.
             * @default null
             */
            participants?: string[] | null;
            /**
             * @description `default`, `public`, `private` or `confidential`.
             * @default null
             */
            privacy?: string | null;
            /** @default null */
            recurrence?: components["schemas"]["Recurrence"] | null;
            /** @default null */
            reminders?: components["schemas"]["Reminders"] | null;
            /**
             * @description `one_on_one`, `group_class`, `assessment` or an own word: makes it a booking.
             * @default null
             */
            sessionType?: string | null;
            /**
             * @description RFC 3339 with any offset, wall time on the clock of `zone`, or a day.
             * @default null
             * @example 2026-11-20T09:00:00
             */
            start?: string | null;
            /**
             * @description `confirmed`, `tentative` or `cancelled`.
             * @default null
             */
            status?: string | null;
            /** @default null */
            tags?: string[] | null;
            /** @default null */
            title?: string | null;
            /**
             * @description The IANA zone; that of whoever asks unless said. null: the time floats.
             * @default null
             * @example America/New_York
             */
            zone?: string | null;
        };
        /** @description How an event stands in one calendar. */
        EventSync: {
            /** @description The calendar's name. */
            calendar: string;
            /** @description Whether its person wants it there. */
            enabled: boolean;
            error?: string | null;
            externalId?: string | null;
            /** @description Whether it came in by this calendar. */
            home: boolean;
            /** Format: date-time */
            lastSyncedAt?: string | null;
            /** Format: uuid */
            linkId: string;
            provider: string;
            /** @description `synced`, `pending`, `error`, `conflict`; `off` where it is not and shall not be there. */
            syncStatus: string;
        };
        /** @description The first administrator. */
        First: {
            /** @description The code that the program printed when it started. */
            code: string;
            email: string;
            name: string;
            /** Format: password */
            password: string;
            /**
             * @description The IANA zone they think in.
             * @example Africa/Johannesburg
             */
            zone: string;
        };
        /** @description A list. */
        Items_ApiKey: {
            /** @description What is in it. */
            items: {
                /** Format: date-time */
                createdAt: string;
                /** Format: uuid */
                id: string;
                name: string;
                /** @description How it begins. */
                prefix: string;
                /** Format: date-time */
                revokedAt?: string | null;
                /**
                 * @description `read`, `write` or `admin`.
                 * @example write
                 */
                scope: string;
                /**
                 * Format: date-time
                 * @description When it was last used, to some minutes.
                 */
                usedAt?: string | null;
                /**
                 * Format: uuid
                 * @description For whom it acts.
                 */
                userId: string;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_Client: {
            /** @description What is in it. */
            items: {
                email?: string | null;
                /** Format: uuid */
                id: string;
                name: string;
                phone?: string | null;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_Event: {
            /** @description What is in it. */
            items: {
                allDay: boolean;
                attachments: components["schemas"]["Attachment"][];
                attendees: components["schemas"]["Attendee"][];
                /** @description `busy` or `free`. */
                availability: string;
                /** @description Whether this occurrence differs from its series. */
                changed?: boolean;
                clients: components["schemas"]["Named"][];
                /**
                 * @description One of the eleven of the palette.
                 * @example peacock
                 */
                colour?: string | null;
                /** @description The link to join by, as the event says it. */
                conference: string;
                /** Format: date-time */
                createdAt: string;
                description: string;
                /** @description The same form. Of whole days, the day after the last. */
                end: string;
                extension: Record<string, never>;
                /** @description The platform's own id. */
                externalRef?: string | null;
                floating: boolean;
                /** Format: uuid */
                id: string;
                /** @description Whether one joins it by a link. */
                isMeeting: boolean;
                location: string;
                /** @description Who runs the room, where that is known. */
                meetingProvider?: string | null;
                /** @description The link, from wherever it stands. */
                meetingUrl?: string | null;
                /** @description The platform's own notes. Only the owner sees them. */
                notes: string;
                /**
                 * @description Of a series, which occurrence this is: when it would have begun. Edits name it so.
                 * @example 20261120T090000
                 */
                occurrence?: string | null;
                organiser?: components["schemas"]["Person"] | null;
                /** @description `platform`, or `link` for what came in by a calendar. */
                origin: string;
                /** Format: uuid */
                originLinkId?: string | null;
                /** Format: uuid */
                ownerId: string;
                participants: string[];
                /** @description `default`, `public`, `private` or `confidential`. */
                privacy: string;
                /** @description Why whoever asks cannot change it; missing where they can. */
                readOnly?: string | null;
                recurrence?: components["schemas"]["Recurrence"] | null;
                /** @description Whether it is, or is part of, a series. */
                recurring: boolean;
                reminders: components["schemas"]["Reminders"];
                /**
                 * Format: int64
                 * @description Grows with every change; `ETag` is this in quotes.
                 */
                rev: number;
                /** @description `one_on_one`, `group_class`, `assessment` or an own word. An event that has one is a booking. */
                sessionType?: string | null;
                /** @description `2026-11-20T09:00:00-05:00`; `2026-11-20` for whole days; `2026-11-20T09:00:00` where it floats. */
                start: string;
                /** @description `confirmed`, `tentative` or `cancelled`. */
                status: string;
                /** @description How it stands in each calendar of whoever asks. */
                sync: components["schemas"]["EventSync"][];
                tags: string[];
                title: string;
                /** @description Its name in the world, the same in every calendar. */
                uid: string;
                /** Format: date-time */
                updatedAt: string;
                /** @description The IANA zone on whose clock it happens; null for whole days and floating times. */
                zone?: string | null;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_User: {
            /** @description What is in it. */
            items: {
                email?: string | null;
                /** Format: uuid */
                id: string;
                name: string;
                /** @example provider */
                role: string;
                zone: string;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_Version: {
            /** @description What is in it. */
            items: {
                /**
                 * Format: date-time
                 * @description When that was changed.
                 */
                at: string;
                /** @description By whom: a person's name, a calendar's, or `Concord`. */
                by: string;
                /** @description What changed, in words: "title and time". */
                changed: string;
                /**
                 * Format: int64
                 * @description The revision that it had.
                 */
                rev: number;
                start: string;
                title: string;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A list. */
        Items_Why: {
            /** @description What is in it. */
            items: {
                /** Format: date-time */
                agreedAt?: string | null;
                /** @description Why, in a sentence. */
                because: string;
                calendar: string;
                /** @description What went wrong last. */
                error?: string | null;
                /** Format: uuid */
                linkId: string;
                /** @description What is masked there. */
                masked: string[];
                /** @description What happens next, in a sentence. */
                next: string;
                provider: string;
                /** @description What its provider keeps in another form than it was given. */
                rewritten: string[];
                /** @description How it stands: `synced`, `pending`, `error`, `conflict` or `absent`. */
                state: string;
                /** @description Whether it shall be there. */
                wanted: boolean;
            }[];
            /** @description How it goes on: give this as `cursor`. Missing on the last page. */
            next?: string | null;
        };
        /** @description A key that was just made. */
        Made: components["schemas"]["ApiKey"] & {
            /** @description The key. It is shown this once. */
            key: string;
        };
        /** @description Whoever asks. */
        Me: {
            email?: string | null;
            /** Format: uuid */
            id: string;
            name: string;
            /** @example provider */
            role: string;
            /**
             * @description The IANA zone they think in.
             * @example Africa/Johannesburg
             */
            zone: string;
        };
        /** @description Something changed: look again. */
        Message: {
            /**
             * Format: uuid
             * @description Which; missing where it is everything.
             */
            id?: string | null;
            /** @description `event`, `link`, `conflict`, `account`, or `everything`. */
            kind: string;
        };
        /** @description What one can change about oneself. */
        MyChange: {
            name?: string | null;
            /** @description The IANA zone they think in. */
            zone?: string | null;
        };
        /** @description Somebody or something with a name. */
        Named: {
            /** Format: uuid */
            id: string;
            name: string;
        };
        /** @description A new client. */
        NewClient: {
            email?: string | null;
            name: string;
            phone?: string | null;
        };
        /** @description A new key. */
        NewKey: {
            /** @description What people call it. */
            name: string;
            /**
             * @description `read`, `write`, or `admin` for all that an administrator may do.
             * @default write
             */
            scope?: string;
            /**
             * Format: uuid
             * @description For whom it acts; whoever asks, unless said otherwise.
             */
            userId?: string | null;
        };
        /** @description A new password. */
        NewPassword: {
            /** Format: password */
            current: string;
            /** Format: password */
            new: string;
        };
        /** @description Somebody new. */
        NewUser: {
            email: string;
            name: string;
            /**
             * Format: password
             * @description With it they can sign in.
             */
            password?: string | null;
            /** @description `admin`, `provider` or `client`. */
            role: string;
            /** @description The IANA zone they think in. */
            zone: string;
        };
        /** @description A person as calendars know them. */
        Person: {
            email: string;
            name: string;
        };
        /** @description What went wrong. */
        Problem: {
            /** @description What one can choose from, where there is a choice. */
            choices?: string[];
            /** @description A stable word for programs. */
            code: string;
            /** @description What happened and what to do, for a person. */
            detail: string;
            /** @description The field that is wrong, where one is. */
            field?: string | null;
            /**
             * Format: int32
             * @description What to wait, in seconds, before trying again.
             */
            retryAfter?: number | null;
            /**
             * Format: int32
             * @description The status of the answer.
             */
            status: number;
            /** @description The status in words. */
            title: string;
            /**
             * @description Always `about:blank`: the `code` says what kind of problem it is.
             * @example about:blank
             */
            type: string;
        };
        /** @description How it repeats. */
        Recurrence: {
            /**
             * @description Further dates, as `20261120T090000` or `20261120` on the clock of the start.
             * @default []
             */
            dates?: string[];
            /**
             * @description Rules as in iCalendar, usually one: `FREQ=WEEKLY;BYDAY=MO;COUNT=10`.
             * @default []
             */
            rules?: string[];
        };
        /** @description One reminder. */
        Reminder: {
            /** @description `popup` or `email`. */
            by?: string;
            /**
             * Format: int32
             * @description Minutes before the start.
             */
            minutesBefore: number;
        };
        /** @description When its person is reminded. */
        Reminders: {
            /** @description Just these, where `useDefault` is false. */
            own?: components["schemas"]["Reminder"][];
            /** @description As each calendar does by itself. */
            useDefault?: boolean;
        };
        /** @description Who has signed in, and where. */
        Session: {
            /** @description Whether providers are emulated here. */
            demo: boolean;
            /** @description Who. */
            user: components["schemas"]["Me"];
            /** @description Behind whose walls. */
            workspace: components["schemas"]["Workspace"];
        };
        /** @description Whether the first administrator has still to be made. */
        Setup: {
            needed: boolean;
        };
        /** @description The switch of one event in one calendar. */
        Switch: {
            enabled: boolean;
            /** Format: uuid */
            linkId: string;
        };
        /** @description Somebody who signs in. */
        User: {
            email?: string | null;
            /** Format: uuid */
            id: string;
            name: string;
            /** @example provider */
            role: string;
            zone: string;
        };
        /** @description An event as it was before a change. */
        Version: {
            /**
             * Format: date-time
             * @description When that was changed.
             */
            at: string;
            /** @description By whom: a person's name, a calendar's, or `Concord`. */
            by: string;
            /** @description What changed, in words: "title and time". */
            changed: string;
            /**
             * Format: int64
             * @description The revision that it had.
             */
            rev: number;
            start: string;
            title: string;
        };
        /** @description Why an event is in a calendar, or is not. */
        Why: {
            /** Format: date-time */
            agreedAt?: string | null;
            /** @description Why, in a sentence. */
            because: string;
            calendar: string;
            /** @description What went wrong last. */
            error?: string | null;
            /** Format: uuid */
            linkId: string;
            /** @description What is masked there. */
            masked: string[];
            /** @description What happens next, in a sentence. */
            next: string;
            provider: string;
            /** @description What its provider keeps in another form than it was given. */
            rewritten: string[];
            /** @description How it stands: `synced`, `pending`, `error`, `conflict` or `absent`. */
            state: string;
            /** @description Whether it shall be there. */
            wanted: boolean;
        };
        /** @description A workspace. */
        Workspace: {
            /** Format: uuid */
            id: string;
            name: string;
        };
        Provider: {
            id: string;
            name: string;
            configured: boolean;
            /** @enum {string} */
            signIn: "oauth" | "password";
            can: {
                [key: string]: unknown;
            };
            missing?: string | null;
        };
        Account: {
            id: string;
            provider: string;
            name: string;
            /** @enum {string} */
            state: "active" | "revoked";
            note?: string | null;
            links: number;
        };
        Calendar: {
            id: string;
            name: string;
            primary: boolean;
            writable: boolean;
            zone?: string | null;
            linked: string | null;
        };
        LinkStatus: {
            linkId: string;
            accountId: string;
            provider: string;
            account: string;
            calendar: string;
            isActive: boolean;
            /** @enum {string} */
            state: "active" | "paused" | "stopped" | "braked";
            note?: string | null;
            syncing: boolean;
            /** Format: date-time */
            lastSyncAt?: string | null;
            /** @enum {string|null} */
            lastSyncStatus?: "success" | "failed" | "partial" | null;
            /** Format: date-time */
            nextSyncAt?: string | null;
            /** @enum {string} */
            syncDirection: "both" | "push" | "pull";
            itemsSynced: number;
            pending: number;
            conflicts: number;
            errors: {
                /** Format: date-time */
                at: string;
                error: string;
            }[];
            error?: string | null;
            plan?: components["schemas"]["PlanWaiting"] | null;
        };
        PlanWaiting: {
            hash: string;
            summary: string;
        };
        Status: {
            /** @enum {string} */
            state: "synced" | "syncing" | "attention" | "conflict" | "offline" | "none";
            /** Format: date-time */
            lastSyncAt?: string | null;
            items: components["schemas"]["LinkStatus"][];
        };
        Rule: {
            field: string;
            pattern: string;
        };
        Filters: {
            appointmentTypes: string[];
            clientIds: string[];
            excludePrivate: boolean;
            dateRange: {
                from: string | null;
                until: string | null;
            };
            onlyConfirmed: boolean;
            rules: components["schemas"]["Rule"][];
        };
        LinkSettings: {
            linkId: string;
            provider: string;
            /** @enum {string} */
            syncDirection: "both" | "push" | "pull";
            syncFrequencyMinutes: number;
            syncAll: boolean;
            filters: components["schemas"]["Filters"];
            window: {
                backDays: number;
                aheadDays: number;
            };
            /** @enum {string} */
            detail: "full" | "title" | "busy";
            /** @enum {string} */
            private: "exclude" | "busy" | "show";
            /** @enum {string} */
            clientNames: "shown" | "initials" | "hidden";
            notes: boolean;
            contacts: boolean;
            guests: boolean;
            mailGuests: boolean;
            /** @enum {string} */
            conflicts: "last_write_wins" | "keep_platform" | "keep_external" | "ask";
            /** @enum {string} */
            bookingTime: "last_write_wins" | "keep_platform" | "keep_external" | "ask";
            /** @enum {string} */
            deletion: "delete" | "restore" | "ask";
            /** @enum {string} */
            bookingDeletion: "delete" | "restore" | "ask";
            answerDays: number;
        };
        LinkSettingsChange: {
            linkId?: string;
            provider?: string;
            /** @enum {string} */
            syncDirection?: "both" | "push" | "pull";
            syncFrequencyMinutes?: number;
            syncAll?: boolean;
            filters?: components["schemas"]["Filters"];
            window?: {
                backDays: number;
                aheadDays: number;
            };
            /** @enum {string} */
            detail?: "full" | "title" | "busy";
            /** @enum {string} */
            private?: "exclude" | "busy" | "show";
            /** @enum {string} */
            clientNames?: "shown" | "initials" | "hidden";
            notes?: boolean;
            contacts?: boolean;
            guests?: boolean;
            mailGuests?: boolean;
            /** @enum {string} */
            conflicts?: "last_write_wins" | "keep_platform" | "keep_external" | "ask";
            /** @enum {string} */
            bookingTime?: "last_write_wins" | "keep_platform" | "keep_external" | "ask";
            /** @enum {string} */
            deletion?: "delete" | "restore" | "ask";
            /** @enum {string} */
            bookingDeletion?: "delete" | "restore" | "ask";
            answerDays?: number;
        };
        TestResult: {
            ok: boolean;
            calendars: number;
            message: string;
        };
        SyncStarted: {
            syncId: string | null;
            status: string;
            items: {
                linkId: string;
                syncId: string | null;
            }[];
        };
        RunError: {
            /** Format: date-time */
            timestamp: string;
            error: string;
            details?: string | null;
            appointmentId?: string | null;
            externalEventId?: string | null;
        };
        RunLine: {
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            level: "info" | "warn" | "error";
            text: string;
            eventId?: string | null;
        };
        Run: {
            id: string;
            linkId: string;
            provider: string;
            calendar: string;
            syncType: string;
            /** Format: date-time */
            startedAt: string;
            /** Format: date-time */
            completedAt?: string | null;
            /** @enum {string} */
            status: "running" | "success" | "partial" | "failed";
            itemsPushed: number;
            itemsPulled: number;
            itemsDeleted: number;
            conflictsDetected: number;
            apiCalls: number;
            summary: string;
            errors: components["schemas"]["RunError"][];
            lines?: components["schemas"]["RunLine"][];
        };
        Waiting: {
            id: string;
            eventId: string;
            title: string;
            linkId: string;
            calendar: string;
            /** @enum {string} */
            state: "pending" | "error";
            attempts: number;
            /** Format: date-time */
            retryAt?: string | null;
            error?: string | null;
        };
        ConflictField: {
            field: string;
            label: string;
            base: string | null;
            local: string | null;
            external: string | null;
        };
        Conflict: {
            id: string;
            /** @enum {string} */
            kind: "time_change" | "deleted" | "data_mismatch" | "created_externally";
            /** @enum {string} */
            state: "open" | "resolved";
            eventId?: string | null;
            title: string;
            linkId: string;
            calendar: string;
            provider: string;
            /** Format: date-time */
            detectedAt: string;
            /** Format: date-time */
            expiresAt?: string | null;
            fields: components["schemas"]["ConflictField"][];
            resolution?: string | null;
            /** Format: date-time */
            resolvedAt?: string | null;
            resolvedBy?: string | null;
        };
        Resolve: {
            conflictId?: string;
            all?: boolean;
            /** @enum {string} */
            resolution: "keep_local" | "keep_external" | "keep_latest" | "merge";
            fields?: {
                [key: string]: "local" | "external";
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
