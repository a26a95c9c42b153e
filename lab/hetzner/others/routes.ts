import { done, renderAction } from "../actions";
import { created, noContent, ok } from "../answer";
import { invalidInput } from "../api-error";
import { Cloud } from "../cloud";
import { idOrName } from "../fields";
import { listAnswer } from "../lists";
import { byId, newNamed, renameAndLabel, without } from "../names";
import { Route } from "../routes";
import { findLocation, LOCATIONS } from "../catalogue/locations";
import { OtherKind } from "../state";
import { renderOther } from "./render";

/** The singular, under which one object is answered. */
const ONE: Record<OtherKind, string> = {
  volumes: "volume",
  floating_ips: "floating_ip",
  load_balancers: "load_balancer",
  certificates: "certificate",
};

const ofKind = ({ state }: Cloud, kind: OtherKind) => state.others.filter((other) => other.kind === kind);

const routesOf = (kind: OtherKind): Route[] => [
  {
    method: "GET",
    path: `/${kind}`,
    handle: (cloud, request) => listAnswer(request, kind, ofKind(cloud, kind).map(renderOther)),
  },
  {
    method: "GET",
    path: `/${kind}/{id}`,
    handle: (cloud, { ids }) =>
      ok({ [ONE[kind]]: renderOther(byId(ofKind(cloud, kind), ids.id, ONE[kind])) }),
  },
  {
    method: "POST",
    path: `/${kind}`,
    handle: (cloud, { body }) => {
      const isNamed = body.location !== undefined && body.location !== null;
      const location = isNamed ? findLocation(idOrName(body, "location")) : LOCATIONS[0];
      if (!location) throw invalidInput({ location: "location does not exist" });
      const other = {
        ...newNamed(cloud, body, ofKind(cloud, kind), ONE[kind]),
        kind,
        location: location.name,
      };
      cloud.state.others.push(other);
      const rendered = { [ONE[kind]]: renderOther(other) };
      if (kind === "certificates" || kind === "floating_ips") return created(rendered);
      const command = `create_${ONE[kind]}`;
      const action = renderAction(done(cloud, command, [{ type: ONE[kind], id: other.id }]));
      return created(
        kind === "volumes" ? { ...rendered, action, next_actions: [] } : { ...rendered, action },
      );
    },
  },
  {
    method: "PUT",
    path: `/${kind}/{id}`,
    handle: (cloud, { ids, body }) => {
      const other = byId(ofKind(cloud, kind), ids.id, ONE[kind]);
      renameAndLabel(other, body, ofKind(cloud, kind), ONE[kind]);
      return ok({ [ONE[kind]]: renderOther(other) });
    },
  },
  {
    method: "DELETE",
    path: `/${kind}/{id}`,
    handle: (cloud, { ids }) => {
      cloud.state.others = without(cloud.state.others, byId(ofKind(cloud, kind), ids.id, ONE[kind]));
      return noContent;
    },
  },
];

/** Kinds that other programs leave in a project: they are made, listed, labelled and deleted, nothing more. */
export const otherRoutes: Route[] = (Object.keys(ONE) as OtherKind[]).flatMap(routesOf);
