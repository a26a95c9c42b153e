import { Api } from "./api";
import { parseCatalogue } from "./catalogue/changes";
import { parseStock } from "./catalogue/stock";
import { Faults } from "./faults";
import { holdings, holdingsText } from "./holdings";

/** An answer of the lab's own endpoints, which are not the API's. */
export interface ControlAnswer {
  status: number;
  /** Text as it is, anything else as JSON. */
  body: unknown;
}

/** Answers requests below `/_`, by which tests look behind the API and arrange its weather. */
export function control(api: Api, method: string, url: URL, body: string): ControlAnswer {
  try {
    return dispatch(api, method, url, body);
  } catch (error) {
    return { status: 400, body: `${(error as Error).message}\n` };
  }
}

function dispatch(api: Api, method: string, url: URL, body: string): ControlAnswer {
  const { state } = api.cloud;
  switch (`${method} ${url.pathname}`) {
    case "GET /_requests":
      return { status: 200, body: api.log.summary() };
    case "DELETE /_requests":
      api.log.clear();
      return { status: 204, body: undefined };
    case "GET /_holdings":
      return {
        status: 200,
        body: url.searchParams.get("format") === "text" ? holdingsText(state) : holdings(state),
      };
    case "GET /_faults":
      return { status: 200, body: api.faults.read() };
    case "PUT /_faults":
      api.faults.write(JSON.parse(body) as Faults);
      return { status: 200, body: api.faults.read() };
    case "GET /_stock":
      return { status: 200, body: state.stock };
    case "PUT /_stock":
      state.stock = parseStock(JSON.parse(body));
      api.save();
      return { status: 200, body: state.stock };
    case "GET /_catalogue":
      return { status: 200, body: state.catalogue };
    case "PUT /_catalogue":
      state.catalogue = parseCatalogue(JSON.parse(body));
      api.save();
      return { status: 200, body: state.catalogue };
    case "GET /_token":
      return { status: 200, body: { readOnly: state.readOnly } };
    case "PUT /_token":
      state.readOnly = (JSON.parse(body) as { readOnly?: unknown }).readOnly === true;
      api.save();
      return { status: 200, body: { readOnly: state.readOnly } };
    default:
      return {
        status: 404,
        body: "there are GET and DELETE /_requests, GET /_holdings, GET and PUT /_faults, /_stock, /_catalogue, /_token\n",
      };
  }
}
